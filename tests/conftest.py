"""What all tests share: Hypothesis profiles, database servers, and which files hold tests."""

import os

import pytest
from benchmarks import mariadb as mariadb_server
from benchmarks import postgres
from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, max_examples=100)
settings.register_profile(
    "thorough",
    deadline=None,
    max_examples=5_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_ignore_collect(collection_path):
    """Helpers beside the tests hold none; some are programs that other processes run."""
    if collection_path.suffix == ".py" and not collection_path.name.startswith("test_"):
        return True
    return None


@pytest.fixture(scope="session")
def server():
    """PostgreSQL, started once for all tests that need it."""
    with postgres.running() as running:
        yield running


@pytest.fixture(scope="session")
def mariadb():
    """MariaDB, started once for all tests that need it; without one they are not run."""
    if not mariadb_server.is_installed():
        missing = f"there is no MariaDB server here: {mariadb_server.INSTALL}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with mariadb_server.running() as running:
        yield running
