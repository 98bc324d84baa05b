"""The server is started once for all tests that need it."""

import pytest
from benchmarks import postgres


@pytest.fixture(scope="session")
def server():
    with postgres.running() as running:
        yield running
