"""What the options of several commands mean."""

from sdcert.cli.options import load_codes
from sdcert.codes import CodeBook


def test_codes_are_none_bundled_or_a_path(tmp_path):
    assert load_codes(None) is None
    bundled = load_codes("bundled")
    assert bundled == CodeBook.bundled()
    bundled.save(tmp_path / "tables")
    assert load_codes(str(tmp_path / "tables")).digest == bundled.digest
