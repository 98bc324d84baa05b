"""Use the core of the installed wheel with nothing but its own dependencies; run by .ci/run."""

import importlib.metadata
import pathlib
import subprocess
import sys

import sdcert

installed = {dist.metadata["Name"].lower() for dist in importlib.metadata.distributions()}
allowed = {"sdcert", "attrs", "python-dateutil", "six", "tzdata", "pip", "setuptools"}
assert installed <= allowed, installed - allowed
home = pathlib.Path(sdcert.__file__).parent
assert "site-packages" in home.parts, home
for file in ("py.typed", "cli/page.html", "cli/page.css"):
    assert (home / file).exists(), file

for name in sdcert.__all__:
    getattr(sdcert, name)

number = sdcert.CertificateNumber.parse("鲁 17 00001 011 00001（基层）")
assert str(number) == "鲁170000101100001（基层）"
codes = sdcert.CodeBook.bundled()
assert sdcert.check(number, codes=codes).outcome is sdcert.Outcome.VALID
assert sdcert.check("魯181402001200001").findings[0].message("zh").endswith("繁体“魯”")

said = []
for module in ("sdcert.testing.strategies", "sdcert.sqlalchemy", "sdcert.pydantic"):
    try:
        __import__(module)
    except ImportError as error:
        said.append(str(error))
done = subprocess.run(
    [sys.executable, "-m", "sdcert", "check", "x.csv"], capture_output=True, text=True, check=False
)
assert done.returncode == 2, done
said.append(done.stderr)
for extra, words in zip(("testing", "sqlalchemy", "pydantic", "cli"), said, strict=True):
    assert f"pip install 'sdcert[{extra}]'" in words, words
sys.stdout.write(f"the wheel alone works: {sdcert.__version__}\n")
