"""Each character at each kind of place is read as the closed list says, and as nothing else."""

import pytest

from tests.code_points import ALL, ASCII, BETWEEN, DELETED, OUTER, PLACES, WIDE, differences

# All of the closed list with its neighbours, then the rest in steps; `python -m tests.code_points`
# goes through all of them.
LISTED = {code + step for code in DELETED | OUTER | BETWEEN for step in (-1, 0, 1)} - {-1}
LISTED |= {*range(ASCII.start - 1, ASCII.stop + 1), *range(WIDE.start - 1, WIDE.stop + 1)}
LISTED |= {ord(char) for char in "鲁魯（()）基层層"}


@pytest.mark.parametrize("place", PLACES)
def test_every_character_is_read_as_the_closed_list_says(place):
    assert differences(place, sorted(LISTED | {*ALL[:0x500], *ALL[::211]})) == []
