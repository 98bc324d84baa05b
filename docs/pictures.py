"""Make the pictures of the documentation: python docs/pictures.py.

Into docs/_static go, in English and Chinese, what a reader would see: the terminal, the marked
workbook, the HTML page; and two drawings with the words of both languages. The terminal and the
drawings need nothing but the library; the workbook is drawn by LibreOffice (with pdftoppm), the
page by Chromium, where they are installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from html import escape
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

DOCS = Path(__file__).parent
STATIC = DOCS / "_static"
LANGUAGES = {"en": "", "zh": ".zh_CN"}  # the ending by which Sphinx chooses
HAN = "'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
CELL, LINE = 8.4, 19  # of the terminal, in pixels
SHADES = {1: "#f87171", 2: "#4ade80", 3: "#facc15"}  # red, green, yellow


def sdcert(folder: Path, *arguments: str) -> str:
    """Run the command as in a terminal of 100 columns; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "sdcert", *arguments],
        cwd=folder,
        env=os.environ | {"FORCE_COLOR": "1", "COLUMNS": "100", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 1}:
        raise SystemExit(done.stderr)
    return done.stdout


def terminal(folder: Path, lang: str) -> str:
    """The first screen of a check, as SVG: each run of text has the width of its cells.

    (Rich's own export counts characters, and squeezes Chinese into half its width.)
    """
    command = f"sdcert check examples/certificates.csv --lang {lang}"
    shown = sdcert(folder, *command.split()[1:]).splitlines()[:26]
    console = Console(width=100, file=StringIO(), force_terminal=True)
    text = Text.from_ansi("\n".join([f"\x1b[1m$ {command}\x1b[0m", *shown]))
    parts = []
    lines = console.render_lines(text, pad=False)
    for row, line in enumerate(lines):
        column = 0
        for words, style, _ in line:
            for piece in re.finditer(r"\S+(?: \S+)*", words):
                at = column + cell_len(words[: piece.start()])
                parts.append(run(at, row, piece[0], style))
            column += cell_len(words)
    width, height = 100 * CELL + 32, len(lines) * LINE + 28
    font = f"'DejaVu Sans Mono', Menlo, Consolas, {HAN}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}" '
        f'font-family="{font}" font-size="14" fill="#e5e7eb">\n'
        f'<rect width="{width:g}" height="{height}" rx="8" fill="#111827"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def run(column: int, row: int, words: str, style: Style | None) -> str:
    """One run of text of one style."""
    shade = ""
    if style is not None:
        if style.dim:
            shade = ' fill="#9ca3af"'
        elif style.color is not None and style.color.number in SHADES:
            shade = f' fill="{SHADES[style.color.number]}"'
        if style.bold:
            shade += ' font-weight="bold"'
    x, y, width = 16 + column * CELL, 28 + row * LINE, cell_len(words) * CELL
    fitted = f'textLength="{width:g}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{x:g}" y="{y}" {fitted}{shade}>{escape(words)}</text>'


def page(folder: Path, lang: str, out: Path) -> None:
    """The HTML page, as Chromium shows it."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # for this picture alone

    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        print("no Chromium: the HTML page is not drawn")
        return
    sdcert(folder, "check", "examples/certificates.csv", "--report", f"{lang}.html", "--lang", lang)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        opened = browser.new_page(viewport={"width": 1000, "height": 900}, color_scheme="light")
        opened.goto((folder / f"{lang}.html").as_uri())
        opened.screenshot(path=out)
        browser.close()


def workbook(folder: Path, lang: str, out: Path) -> None:
    """The marked workbook, as LibreOffice prints it: its left part."""
    office = shutil.which("soffice")
    if office is None or shutil.which("pdftoppm") is None:
        print("no LibreOffice with pdftoppm: the workbook is not drawn")
        return
    name = f"{lang}.xlsx"
    sdcert(folder, "check", "examples/certificates.xlsx", "--report", name, "--lang", lang)
    quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    home = f"-env:UserInstallation={(folder / 'home').as_uri()}"
    subprocess.run([office, home, "--headless", "--convert-to", "pdf", name], check=True, **quiet)
    corner = ["-x", "158", "-y", "213", "-W", "1235", "-H", "253"]  # up to the reasons
    draw = ["pdftoppm", "-r", "220", "-f", "1", "-l", "1", *corner, "-singlefile", "-png"]
    subprocess.run([*draw, f"{lang}.pdf", lang], check=True, **quiet)
    shutil.copy(folder / f"{lang}.png", out)


def label(x: float, y: float, words: str, size: int = 14, **style: str) -> str:
    """A line of text, centred."""
    attributes = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in style.items())
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}"{attributes}>{escape(words)}</text>'


def drawing(width: int, height: int, parts: Sequence[str]) -> str:
    """An SVG that reads on light and dark pages: it has a ground of its own."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="{HAN}" text-anchor="middle" fill="#1f2937">'
    )
    ground = f'<rect width="{width}" height="{height}" rx="8" fill="#f8fafc"/>'
    return "\n".join([head, ground, *parts, "</svg>\n"])


FIELDS = [
    ("鲁", 78, "#e5e7eb", "统一标识", "prefix", "第五条", "", ""),
    ("18", 112, "#fde68a", "评审年度", "evaluation year", "第五条", "2018年度", "2018"),
    ("14020", 196, "#bfdbfe", "地区部门识别代码", "region/department code", "第五条（一）",
     "聊城市人社局", "Liaocheng HR bureau"),
    ("012", 196, "#bbf7d0", "职称系列级别识别代码", "series/level code", "第五条（二）",
     "中小学教师 高级", "senior school teacher"),
    ("00001", 112, "#fbcfe8", "顺序编号", "sequence", "第五条", "第1号", "no. 1"),
    ("（基层）", 112, "#e5e7eb", "基层标识", "marker", "第五条（三）", "可选", "optional"),
]  # fmt: skip


def number() -> str:
    """The fields of a number."""
    parts, left = [], 16
    for text, width, colour, zh, en, clause, *means in FIELDS:
        x = left + width / 2 - 3
        parts += [
            f'<rect x="{left}" y="20" width="{width - 6}" height="56" rx="6" fill="{colour}"/>',
            label(x, 57, text, 26, font_weight="bold"),
            label(x, 102, zh, 15),
            label(x, 122, en, 13, fill="#4b5563"),
            label(x, 142, clause, 12, fill="#6b7280"),
            *(label(x, 170 + 16 * i, words, 12) for i, words in enumerate(means)),
        ]
        left += width
    return drawing(838, 204, parts)


WALKS = [
    ("1  解析 Parse", [
        ("文字", "text"), ("规范化", "normalize"), ("编号规则", "grammar"),
        ("CertificateNumber", "or InvalidNumber"),
    ]),
    ("2  由谁管理 Who manages it", [
        ("编号", "number"), ("代码表（核准公布之日）", "code tables, day of approval"),
        ("规定（所问之日）", "rules, day of the question"), ("Decision", "value, basis, clause"),
    ]),
    ("3  发放编号 Give numbers out", [
        ("开始事务", "begin, the host"), ("读取、计算、追加", "read, plan, append"),
        ("保存证书", "save, the host"), ("提交", "commit, the host"),
    ]),
]  # fmt: skip


def walks() -> str:
    """The three walks: what a text, a question and a request go through."""
    parts = []
    for row, (title, steps) in enumerate(WALKS):
        y = 18 + row * 116
        parts.append(label(20, y + 18, title, 16, font_weight="bold", text_anchor="start"))
        for column, (zh, en) in enumerate(steps):
            x = 20 + column * 204
            colour = ("#bfdbfe", "#fde68a", "#bbf7d0")[row]
            parts += [
                f'<rect x="{x}" y="{y + 30}" width="176" height="58" rx="6" fill="{colour}"/>',
                label(x + 88, y + 55, zh, 14),
                label(x + 88, y + 75, en, 12, fill="#4b5563"),
            ]
            if column:
                parts.append(
                    f'<path d="M{x - 24} {y + 59}h16m-6 -5l6 5l-6 5" fill="none" '
                    'stroke="#6b7280" stroke-width="2"/>'
                )
    return drawing(836, 366, parts)


def main() -> None:
    STATIC.mkdir(exist_ok=True)
    (STATIC / "number.svg").write_text(number(), "utf-8")
    (STATIC / "walks.svg").write_text(walks(), "utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "examples").symlink_to(DOCS.parent / "examples")
        for lang, ending in LANGUAGES.items():
            (STATIC / f"terminal{ending}.svg").write_text(terminal(folder, lang), "utf-8")
            page(folder, lang, STATIC / f"page{ending}.png")
            workbook(folder, lang, STATIC / f"workbook{ending}.png")


if __name__ == "__main__":
    main()
