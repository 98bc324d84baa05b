"""What is wrong with a frame or an option is said by name, in both languages."""

import pandas as pd
import pyarrow as pa
import pytest

from sdcert import frames
from sdcert.frames.answers import Input, Role, read_array


def test_what_is_no_frame_is_refused():
    for frame in (["鲁"], None, object()):
        with pytest.raises(frames.UnsupportedFrame, match="is needed, not"):
            frames.check(frame, "number")
    with pytest.raises(FileNotFoundError):  # a text is the path of a file
        frames.check("鲁", "number")


def test_errors_name_what_is_wrong_in_both_languages():
    headless = pd.DataFrame({0: ["鲁18"]})
    with pytest.raises(frames.MissingColumn, match=r"no column “number” \(column\); it has: 0$"):
        frames.check(headless, "number")
    many = frames.MissingColumn("x", tuple("abcdefghijklmnopqrstuvwxyz"))
    assert many.message().endswith("s, t, …")
    assert many.message("zh").startswith("表中没有“x”列（column），现有：a、b")
    assert (
        frames.TakenColumn(("a", "b")).message("zh")
        == "表中已有同名列：a、b；请改名（check也可另选prefix）"
    )
    assert frames.UnsupportedFrame("x", "a", "b").message("zh") == "x：需要b，给出的是a"
    with pytest.raises(frames.UnsupportedFrame) as caught:
        frames.check(["鲁"], "number")
    assert caught.value.message("zh") == (
        "frame：需要pandas、Polars、PyArrow、DuckDB（relation）、PySpark或Dask的表或列，"
        "给出的是builtins.list"
    )
    assert issubclass(frames.MissingColumn, LookupError)
    assert issubclass(frames.UnsupportedFrame, TypeError)
    assert issubclass(frames.FrameFault, ValueError)


def test_cells_without_a_text_are_refused_where_no_frame_tells_their_type_before():
    # on the workers of Spark, say
    with pytest.raises(frames.UnsupportedFrame, match=r"^holder: ") as caught:
        read_array(pa.array([[1], None]), Input("person", Role.TEXT, "holder"))
    assert "list" in caught.value.message("zh")
