"""Which sentences of the catalogue the tests have rendered so far."""

import functools
from contextlib import contextmanager

from sdcert import messages

__all__ = ["KEYS", "RENDERED", "texts_of", "unrecorded"]

texts_of = messages._area
KEYS = frozenset(f"{area}.{name}" for area in messages.areas() for name in texts_of(area))
RENDERED: set[str] = set()
_recording = True


class _Recorded(dict):
    def __init__(self, area):
        super().__init__(texts_of(area))
        self.area = area

    def __getitem__(self, name):
        if _recording:
            RENDERED.add(f"{self.area}.{name}")
        return super().__getitem__(name)


@contextmanager
def unrecorded():
    """What a test renders straight from the catalogue does not show that it can be reached."""
    global _recording  # noqa: PLW0603
    _recording = False
    try:
        yield
    finally:
        _recording = True


messages._area = functools.cache(_Recorded)
