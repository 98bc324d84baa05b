"""What the tests of files share."""

import pytest


@pytest.fixture
def put(tmp_path):
    """Write a file and return its path."""

    def write(name, data):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write
