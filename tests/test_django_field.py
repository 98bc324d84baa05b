"""The Django field of the example keeps what it promises."""

import subprocess
import sys
from pathlib import Path

CASES = Path(__file__).parent / "django_field" / "cases.py"


def test_the_field_holds_in_models_forms_and_lookups():
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-W", "error", CASES],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.rstrip().endswith("OK")
    assert done.stderr.count("... ok") >= 10
