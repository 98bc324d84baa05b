"""Links to other projects' documentation, by intersphinx, without a network.

``outside.toml`` beside ``conf.py`` lists the few names that the reference uses. Out of it come the
inventories that intersphinx reads. A code span of a guide that is such a name is linked, too.
"""

from __future__ import annotations

import itertools
import tempfile
import tomllib
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

HEAD = """# Sphinx inventory version 2
# Project: {project}
# Version:
# The remainder of this file is compressed using zlib.
"""


def kind(name: str) -> str:
    last = name.rpartition(".")[2]
    if last in {"None", "NotImplemented"}:
        return "data"
    return "function" if last.islower() and name.startswith("attrs.") else "class"


def make_inventories(app: Sphinx, config: Config) -> None:
    """An inventory for each project, and the full names by their last parts."""
    listed = tomllib.loads((Path(app.confdir) / "outside.toml").read_text("utf-8"))
    folder = Path(tempfile.mkdtemp(prefix="sdcert-inventories-"))
    full: set[str] = set()
    names: dict[str, str] = {}
    for project, pages in listed.items():
        url = pages.pop("url")
        lines = [
            f"{name} py:{kind(name)} 1 {page}#$ -\n"
            for page, found in pages.items()
            for name in found
        ]
        for name in itertools.chain.from_iterable(pages.values()):
            full.add(name)
            names.setdefault(name.rpartition(".")[2], name)  # Python's own come first
        path = folder / f"{project}.inv"
        body = zlib.compress("".join(lines).encode())
        path.write_bytes(HEAD.format(project=project).encode() + body)
        config.intersphinx_mapping[project] = (url, str(path))
    config.outside_names = {name: name for name in full} | names


def complete(
    app: Sphinx, env: BuildEnvironment, node: nodes.Element, content: nodes.TextElement
) -> None:
    """Give a name of another project its module, by which intersphinx then finds it."""
    if node.get("refdomain") == "py":
        target, known = node["reftarget"], app.config.outside_names
        if target not in known:
            node["reftarget"] = known.get(target.rpartition(".")[2], target)


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("sphinx.ext.intersphinx")
    app.add_config_value("outside_names", {}, "")
    app.connect("config-inited", make_inventories)
    app.connect("missing-reference", complete, priority=450)  # before intersphinx
    return {"parallel_read_safe": True, "parallel_write_safe": True}
