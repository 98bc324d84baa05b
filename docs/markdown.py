"""Chinese pages that read on a code host: python docs/markdown.py writes docs/zh.

Each guide with a catalogue becomes a Markdown file of the same name: passages from the catalogue,
code as it is, links to the Chinese page where there is one, pictures in Chinese. The site does not
use them; a test keeps them in step with the pages and the catalogues.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOCS = Path(__file__).parent
CHINESE = DOCS / "locale" / "zh_CN" / "LC_MESSAGES"
OUT = DOCS / "zh"
ITEM = re.compile(r"(\s*(?:[-*]|[0-9]+\.|:) +)(.*)")
QUOTE = re.compile(r"(> ?)(.*)")
CELLS = re.compile(r"(?<!\\)\|")


def slug(heading: str) -> str:
    """The anchor of a heading on a code host."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def blocks(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The kind and the lines of each block: code, blank, heading, table, item, quote or text."""
    at = 0
    while at < len(lines):
        line, start = lines[at], at
        at += 1
        if fence := re.match(r"\s*(```+|:::+|<!--)", line):
            end = "-->" if fence[1] == "<!--" else fence[1]
            if end == fence[1] or end not in line:  # a comment may end where it begins
                while end not in lines[at]:
                    at += 1
                at += 1
            yield "code", lines[start:at]
        elif not line.strip():
            yield "blank", [line]
        elif line.startswith("#"):
            yield "heading", [line]
        elif line.startswith("|"):
            yield "table", [line]
        else:
            kind = "quote" if QUOTE.match(line) else "item" if ITEM.match(line) else "text"
            while at < len(lines) and follows(kind, lines[at]):
                at += 1
            yield kind, lines[start:at]


def follows(kind: str, line: str) -> bool:
    """Whether a line belongs to the block before it."""
    if kind == "quote":
        return line.startswith("> ") and len(line) > 2
    return (
        bool(line.strip())
        and not re.match(r"\s*(```|:::|<!--|#|\||> )", line)
        and not (ITEM.match(line))
    )


def words(kind: str, lines: list[str], say: Callable[[str], str | None]) -> list[str]:
    """A block in Chinese; without a translation as it is."""
    if kind in {"code", "blank"}:
        return lines
    if kind == "heading":
        marks, _, title = lines[0].partition(" ")
        return [f"{marks} {say(title) or title}"]
    if kind == "table":
        cells = CELLS.split(lines[0])
        return ["|".join(f" {say(cell.strip()) or cell.strip()} " if cell.strip() else cell
                         for cell in cells)]  # fmt: skip
    match = {"quote": QUOTE, "item": ITEM}[kind].match(lines[0]) if kind != "text" else None
    head = match[1] if match else ""
    first = lines[0][len(head) :]
    rest = [line.removeprefix(head) if kind == "quote" else line for line in lines[1:]]
    found = say(" ".join(line.strip() for line in (first, *rest)))
    return lines if found is None else [head + found]


def code(block: list[str]) -> list[str]:
    """A block as it is; an included file is written out, a list of pages left out."""
    if block[0].startswith("```{toctree}"):
        return []
    if match := re.match(r"```\{literalinclude\} (\S+)", block[0]):
        path = DOCS / match[1]
        kind = {".py": "python", ".sql": "sql", ".yml": "yaml"}.get(path.suffix, "text")
        return [f"```{kind}", *path.read_text("utf-8").splitlines(), "```"]
    return block


def pages() -> dict[str, str]:
    """The text of each Chinese page, by its name."""
    catalogues = {}
    for path in sorted(CHINESE.glob("*.po")):
        with path.open("rb") as file:
            messages = read_po(file)
        catalogues[path.stem] = {
            message.id: message.string for message in messages if message.id and message.string
        }
    texts = {name: (DOCS / f"{name}.md").read_text("utf-8").splitlines() for name in catalogues}
    anchors = {
        name: {
            slug(line.lstrip("# ")): slug(catalogues[name].get(line.lstrip("# "), line))
            for line in lines
            if line.startswith("#")
        }
        for name, lines in texts.items()
    }
    return {name: page(name, texts[name], catalogues[name], anchors) for name in catalogues}


def page(
    name: str, lines: list[str], catalogue: dict[str, str], anchors: dict[str, dict[str, str]]
) -> str:
    def link(match: re.Match[str]) -> str:
        target, _, anchor = match[1].partition("#")
        home = target.removesuffix(".md") or name
        if target.startswith("_static/"):
            stem, _, ending = target.rpartition(".")
            own = f"{stem}.zh_CN.{ending}"
            target = f"../{own if (DOCS / own).exists() else target}"
        elif home in anchors:
            anchor = anchors[home].get(anchor, anchor)
        elif target and "://" not in target:
            target = f"../{target}"
        return f"]({target}{'#' if anchor else ''}{anchor})"

    done = [f"<!-- `python docs/markdown.py` makes this page of docs/{name}.md. -->", ""]
    for kind, block in blocks(lines):
        if kind == "code":
            done += code(block)
            continue
        done += [
            re.sub(r"\]\(([^)\s]+)\)", link, line) for line in words(kind, block, catalogue.get)
        ]
    text = "\n".join(done).rstrip() + "\n"
    return re.sub(r"\n{3,}", "\n\n", text)


def main() -> None:
    OUT.mkdir(exist_ok=True)
    written = pages()
    for path in OUT.glob("*.md"):
        if path.stem not in written:
            path.unlink()
    for name, text in written.items():
        (OUT / f"{name}.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
