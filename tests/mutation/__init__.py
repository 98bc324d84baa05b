"""Mutation testing of the core; how to run it is in CONTRIBUTING.md."""

# The first failure is enough, and no message of an assertion is read; pytest would load files whose
# assertions it rewrites past the change.
OPTIONS = [
    *("-x", "-q", "-s", "-n0", "-p", "no:cacheprovider", "--assert=plain"),
    *("-W", "ignore:.*fork:DeprecationWarning"),
]


def register_profile():
    """The settings of Hypothesis that ``HYPOTHESIS_PROFILE=mutation`` names."""
    from hypothesis import HealthCheck, Phase, settings

    settings.register_profile(
        "mutation",
        deadline=None,
        database=None,
        derandomize=True,
        max_examples=50,
        phases=[Phase.explicit, Phase.generate],  # nobody reads what is shrunk
        suppress_health_check=[*HealthCheck],
    )
