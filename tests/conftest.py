"""What all tests share: Hypothesis profiles, database servers, and which files hold tests."""

import os

import pytest
from benchmarks import mariadb as mariadb_server
from benchmarks import postgres
from hypothesis import HealthCheck, settings

from tests.support.catalogue import KEYS, RENDERED, unrecorded

# What starts a server, Spark or a browser; `-m "not served"` leaves out the tests that need one.
SERVED = {"server", "mariadb", "spark", "chromium"}
UNREACHED = pytest.StashKey[list[str]]()

settings.register_profile("default", deadline=None, max_examples=50)
settings.register_profile("quick", deadline=None, max_examples=15)
settings.register_profile(
    "thorough",
    deadline=None,
    max_examples=5_000,
    suppress_health_check=[HealthCheck.too_slow],
)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "default")
settings.load_profile(PROFILE)


def pytest_ignore_collect(collection_path):
    """Helpers beside the tests hold none; some are programs that other processes run."""
    if collection_path.suffix == ".py" and not collection_path.name.startswith("test_"):
        return True
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark the tests that need a server, Spark or a browser."""
    for item in items:
        if SERVED.intersection(getattr(item, "fixturenames", ())) or hasattr(
            getattr(item, "cls", None), "server"
        ):
            item.add_marker("served")


def pytest_sessionfinish(session):
    """Where all tests ran, fail if a sentence of the catalogue was reached by none of them."""
    config = session.config
    if hasattr(config, "workeroutput"):  # one of several processes: the first of them judges
        config.workeroutput["rendered"] = sorted(RENDERED)
        return
    chosen = ("keyword", "markexpr", "lf", "collectonly")
    whole = not any(config.getoption(name, False) for name in chosen)
    whole &= config.args_source == config.ArgsSource.TESTPATHS
    if whole and (unreached := sorted(KEYS - RENDERED)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        config.stash[UNREACHED] = unreached


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Take over what a process of the run has rendered."""
    RENDERED.update(getattr(node, "workeroutput", {}).get("rendered", ()))


def pytest_terminal_summary(terminalreporter, config):
    """Name the sentences that no test reached."""
    for key in config.stash.get(UNREACHED, ()):
        terminalreporter.write_line(f"FAILED: no test reaches the sentence {key}")


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
