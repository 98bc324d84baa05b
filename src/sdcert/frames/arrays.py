"""Columns of Arrow: without views, runs and names of its types, and written as texts."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["padded", "plain_array", "stored", "written"]

#: Below these a float tells every whole number from the next.
_EXACT: Final = {
    pa.float16(): float(1 << 11), pa.float32(): float(1 << 24), pa.float64(): float(1 << 53),
}  # fmt: skip


def stored(array: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return an array as Arrow holds it, whatever its type is called: JSON is text."""
    if not isinstance(array.type, pa.BaseExtensionType):
        return array
    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    return pa.chunked_array([chunk.storage for chunk in chunks], array.type.storage_type)


def written(array: pa.Array, digits: int = 0) -> pa.Array:
    """Write values as texts. Of numbers there is one spelling, whatever the engine.

    Whole numbers have no decimals, and at least so many digits. A float that has lost its last
    digits has an exponent; NaN is a missing value, as pandas has it: no text, and nobody's name.
    """
    kind = array.type
    if pa.types.is_dictionary(kind):
        array, kind = array.cast(kind.value_type), kind.value_type
    exact = _EXACT.get(kind)
    if kind == pa.float16():
        array = array.cast(pa.float32())
    texts = array.cast(pa.large_string())
    if exact is not None:
        size = pc.abs(array)
        whole = pc.and_(pc.less(size, exact), pc.equal(pc.trunc(array), array))
        numbers = pc.if_else(whole, array, pa.scalar(None, array.type)).cast(pa.int64())
        texts = pc.coalesce(numbers.cast(texts.type), texts)
        texts = pc.if_else(pc.is_nan(array), pa.scalar(None, texts.type), texts)
        lost = pc.fill_null(pc.greater_equal(size, exact), fill_value=False)
        cut = [np.format_float_scientific(one, trim="-") for one in array.filter(lost).to_numpy()]
        texts = pc.replace_with_mask(texts, lost, pa.array(cut, pa.large_string()))
    elif pa.types.is_decimal(kind):
        texts = pc.replace_substring_regex(texts, r"\.0+$", "")
    elif not pa.types.is_integer(kind):
        return texts
    return padded(texts, digits)


def padded(texts: pa.Array, digits: int, where: pa.Array | None = None) -> pa.Array:
    """Give whole numbers that were read as such the zeros in front of them.

    Args:
        texts: The numbers, written.
        digits: How many digits each has at least.
        where: Which of the texts were numbers; None if all were.
    """
    whole = pc.match_substring_regex(texts, "^[0-9]+$")
    if where is not None:
        whole = pc.and_(whole, where)
    return pc.if_else(whole, pc.utf8_lpad(texts, digits, "0"), texts)


def _plain(kind: pa.DataType) -> pa.DataType:
    """Return a type without views, at whatever depth: Arrow cannot filter columns of views.

    Polars and others hand out their texts as views.
    """
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_plain(field.type)) for field in kind])
    if pa.types.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(_plain(kind.value_type)))
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(_plain(kind.value_type)), kind.list_size)
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_plain(kind.value_type)))
    if pa.types.is_map(kind):
        return pa.map_(_plain(kind.key_type), _plain(kind.item_type))
    if kind == pa.string_view():
        return pa.large_string()
    return pa.large_binary() if kind == pa.binary_view() else kind


def plain_array(array: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return an array without views, nor runs, which Arrow cannot filter either.

    Arrow casts no dictionary of views, and decodes no runs of them.
    """
    kind = array.type
    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    if pa.types.is_run_end_encoded(kind):
        if (text := _plain(kind.value_type)) != kind.value_type:
            return pa.chunked_array([array.to_pylist()], text)
        decoded = [pc.run_end_decode(chunk) for chunk in chunks]
        return plain_array(pa.chunked_array(decoded, kind.value_type))
    if pa.types.is_dictionary(kind) and (text := _plain(kind.value_type)) != kind.value_type:
        chunks = [
            pa.DictionaryArray.from_arrays(chunk.indices, chunk.dictionary.cast(text))
            for chunk in chunks
        ]
        return pa.chunked_array(chunks, pa.dictionary(kind.index_type, text))
    other = _plain(kind)
    return array if other == kind else array.cast(other)
