"""``sdcert explain``: one account of a number, from its digits to the clauses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from sdcert.checking.explaining import explain
from sdcert.cli._common import (
    Command,
    Option,
    codes_option,
    existing,
    format_option,
    lang_option,
    library_version,
    load_codes,
    print_json,
    print_lines,
    safe_lines,
    take_day,
)
from sdcert.codes import CodeBook
from sdcert.errors import InvalidNumber
from sdcert.rules import RuleBook

if TYPE_CHECKING:
    from datetime import date


__all__ = ["SCHEMA", "explain_command"]

SCHEMA: Final = "sdcert-explain/1"
"""The name and version of the JSON document."""


@click.command(
    "explain",
    cls=Command,
    help="Explain one certificate number.\n\nEach field and its source; who approved, manages and "
    "seals; the form; which clause says so; what is a reading and what is unknown. It never says "
    "that the number was issued or that a certificate is genuine.\n\nExit status: 0 explained, 1 "
    "it is not a number.",
    zh="解释一个证书编号。\n\n各字段及其出处，核准公布、编号和数据管理及用印部门，证书形式，所依据的条款，"
    "以及哪些是解读、哪些不详。不表示编号确已颁发或证书真实。\n\n退出状态：0为已解释，1为不是证书编号。",
)
@click.argument("number")
@codes_option()
@click.option(
    "--rules",
    cls=Option,
    metavar="FILE",
    multiple=True,
    callback=existing,
    help="Your city's notice as a rule file, laid over the bundled rules; may be repeated.",
    zh="本市通知的规则文件，叠加于自带规则之上，可多次给出。",
)
@click.option(
    "--approved-on",
    cls=Option,
    metavar="DATE",
    callback=take_day,
    help="The day on which the certificate was approved and published.",
    zh="该证书的核准公布日期。",
)
@click.option(
    "--on",
    cls=Option,
    metavar="DATE",
    callback=take_day,
    help="The day as of which the rules are read; by default without regard to the day.",
    zh="以哪一日的规定为准，默认不区分日期。",
)
@format_option()
@lang_option()
def explain_command(
    *,
    number: str,
    codes: str | None,
    rules: tuple[str, ...],
    approved_on: date | None,
    on: date | None,
    output: str,
    lang: str,
) -> int:
    """Explain the number; returns the exit status."""
    tables = load_codes(codes)
    if tables is None:  # not "or": an empty book is false
        tables = CodeBook.bundled()
    book = RuleBook.bundled()
    for path in rules:
        book = book.overlay(RuleBook.load(path))
    try:
        account = explain(
            number, codes=tables, rules=book, approved_on=approved_on, on=on, lang=lang
        )
    except InvalidNumber as error:
        click.echo(safe_lines(error.message(lang)), err=True)
        return 1
    if output == "json":
        head = {"schema": SCHEMA, "sdcert": library_version()}
        print_json(head | account.as_dict())
    else:
        print_lines(account.text())
    return 0
