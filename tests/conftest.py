"""What all tests share: Hypothesis profiles, and which files hold tests."""

import os

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
