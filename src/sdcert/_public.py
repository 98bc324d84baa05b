"""What is defined in a private module and imported from a public one names the public one."""

from __future__ import annotations

import sys
from inspect import get_annotations, isclass, isfunction

__all__ = ["publish"]


def publish(module: str) -> None:
    """Let the classes and functions of a public module name it as theirs.

    ``help()``, tracebacks and pickles then show what users import, and private modules can be
    rearranged. Annotations of classes are evaluated first, since tools look for their names in the
    module that a class names.

    Args:
        module: The module that calls, after its imports: ``publish(__name__)``.
    """
    public = vars(sys.modules[module])
    for name in public["__all__"]:
        value = public.get(name)  # a name may be loaded on request: its own module is public
        if (isclass(value) or isfunction(value)) and "._" in value.__module__:
            if isclass(value):
                value.__annotations__ = get_annotations(value, eval_str=True)
            value.__module__ = module
