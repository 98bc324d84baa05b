"""What all tests share: Hypothesis profiles, database servers, and which files hold tests."""

import os

import pytest
from benchmarks import mariadb as mariadb_server
from benchmarks import postgres
from hypothesis import HealthCheck, settings

from tests.support.catalogue import unrecorded

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


def pytest_collection_modifyitems(config, items):
    """What is asked of all tests together comes last, and only where all of them run."""
    last = [item for item in items if item.get_closest_marker("last")]
    rest = [item for item in items if item not in last]
    chosen = any(config.getoption(name, False) for name in ("keyword", "markexpr", "lf"))
    if chosen or config.args_source != config.ArgsSource.TESTPATHS:
        config.hook.pytest_deselected(items=last)
        last = []
    items[:] = rest + last


@pytest.fixture
def aside():
    """What the test renders says nothing about what the library can say."""
    with unrecorded():
        yield


@pytest.fixture(scope="session")
def server():
    """PostgreSQL, started once for all tests that need it; it crashes in none of them."""
    with postgres.running(durable=False) as running:
        yield running


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """A session of Spark, started once for all tests that need it."""
    from tests.support.spark import running

    with running(tmp_path_factory.mktemp("java")) as session:
        yield session


@pytest.fixture(scope="session")
def mariadb():
    """MariaDB, started once for all tests that need it; without one they are not run."""
    if not mariadb_server.is_installed():
        missing = f"there is no MariaDB server here: {mariadb_server.INSTALL}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with mariadb_server.running(durable=False) as running:
        yield running
