"""Build the documentation in both languages: python docs/build.py [DIRECTORY].

English is at the root of the site, Chinese under ``zh/``; warnings are errors in both. Before
that, the passages of each page that has a catalogue under ``docs/locale`` must all be translated;
afterwards the reference is looked through (``check_reference.py``).

python docs/build.py --update [PAGE ...] brings the catalogues up to date with the pages, and makes
a catalogue for each page named; what changed in English is then marked ``fuzzy`` until it is
translated anew. The Chinese of the tables that ``rules_tables.py`` makes is written in then.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po, write_po

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parent
CODE = re.compile(r"`[^`]*`|\]\([^)]*\)")  # what is not translated within a passage
CHINESE = DOCS / "locale" / "zh_CN" / "LC_MESSAGES"


def sphinx(builder: str, out: Path, *options: str) -> None:
    command = [sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going", "-q", "-b", builder]
    subprocess.run([*command, *options, str(DOCS), str(out)], check=True)


def extract(out: Path, *options: str) -> None:
    """The passages of the pages, as Sphinx cuts them."""
    command = [sys.executable, "-m", "sphinx", "-Q", "-b", "gettext", *options]
    subprocess.run([*command, str(DOCS), str(out)], check=True)


def untranslated(templates: Path) -> Iterator[str]:
    """Each passage of a page with a catalogue that has no translation, or one of another text."""
    for path in sorted(CHINESE.rglob("*.po")):
        page = path.relative_to(CHINESE).with_suffix("")
        if page.parts[0] == "api":
            continue  # of the reference, summaries and notes alone are translated
        template = templates / page.with_suffix(".pot")
        if not template.exists():
            yield f"{page}: there is a catalogue, and no page"
            continue
        with path.open("rb") as file:
            catalogue = read_po(file)
        with template.open("rb") as file:
            for message in read_po(file):
                words = CODE.sub("", message.id or "")
                found = catalogue.get(message.id) if message.id else None
                if re.search("[A-Za-z]{2}", words) and (
                    found is None or not found.string or found.fuzzy
                ):
                    state = "fuzzy" if found is not None and found.string else "not translated"
                    yield f"docs/{page}.md: {state}: {message.id!r}"


def update(pages: list[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        templates = Path(scratch)
        extract(
            templates, *(() if any(page.startswith("api/") for page in pages) else ("-t", "guides"))
        )
        for page in pages:
            (CHINESE / page).parent.mkdir(parents=True, exist_ok=True)
        wanted = {path.relative_to(CHINESE).with_suffix("") for path in CHINESE.rglob("*.po")}
        command = [sys.executable, "-m", "sphinx_intl", "update", "-l", "zh_CN", "-w", "0"]
        for template in templates.rglob("*.pot"):
            name = template.relative_to(templates).with_suffix("")
            if name not in wanted and str(name) not in pages:
                template.unlink()
        subprocess.run([*command, "-p", scratch, "-d", str(DOCS / "locale")], check=True)
    finish()


def finish() -> None:
    """Give the catalogues their head, and the Chinese of the tables made from the rule data."""
    from rules_tables import PAGES, translations  # noqa: PLC0415  # needs the library

    made = translations()
    for path in CHINESE.rglob("*.po"):
        catalogue = read_po(io.BytesIO(path.read_bytes()))
        catalogue.header_comment = "# Chinese translations of the documentation of sdcert."
        catalogue.last_translator = "The sdcert maintainers"
        catalogue.language_team = "zh_CN"
        catalogue.fuzzy = False
        if path.stem in {page.stem for page in PAGES}:
            for message in catalogue:
                if isinstance(message.id, str) and message.id in made:
                    message.string = made[message.id]
                    message.flags.discard("fuzzy")
        with path.open("wb") as file:
            write_po(file, catalogue, width=0)


def build(out: Path) -> int:
    from check_reference import faults  # noqa: PLC0415  # needs the library

    with tempfile.TemporaryDirectory() as scratch:
        extract(Path(scratch), "-t", "guides")
        missing = list(untranslated(Path(scratch)))
    if missing:
        print(*missing, sep="\n")
        return 1
    sphinx("html", out)
    sphinx("html", out / "zh", "-D", "language=zh_CN", "-d", str(out / ".doctrees-zh"))
    found = faults(out)
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--update"]:
        update(sys.argv[2:])
    elif sys.argv[1:2] and sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    else:
        sys.exit(build(Path(sys.argv[1] if sys.argv[1:] else DOCS / "_build").resolve()))
