"""The interface in other languages: collect the Chinese sentences of the source, and compile the catalogues.

Pure Python, so that neither setting up nor testing asks for the gettext programs.
``messages.py update`` rewrites the catalogues; ``messages.py compile`` makes the .mo files that Django reads.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).resolve().parent.parent / "qiaojie"
LOCALES = PACKAGE / "locale"

HEADER: dict[str, Any] = {
    "header_comment": "# What the interface says. Kept up to date by: make messages",
    "project": "qiaojie",
    "version": "1",
    "msgid_bugs_address": "-",
    "last_translator": "-",
    "language_team": "-",
    # Fixed, so that a catalogue changes only when a sentence does.
    "creation_date": datetime(2026, 11, 1, tzinfo=UTC),
    "revision_date": datetime(2026, 11, 1, tzinfo=UTC),
    "fuzzy": False,
}

KEYWORDS = dict(DEFAULT_KEYWORDS) | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
"""The calls whose texts are translated, under the names that the source may import them by."""


def sources() -> Iterator[Path]:
    """Every module and template of the package, in a steady order."""
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts:
            yield path


def _python(path: Path) -> bytes:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text.encode()
    # Django turns a template into calls between filler; what remains of its indentation means nothing in Python.
    return "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines()).encode()


def collect() -> Catalog:
    """All sentences of the source as a catalogue without translations."""
    catalogue = Catalog(**HEADER)
    for path in sources():
        found = extract("python", io.BytesIO(_python(path)), KEYWORDS, options={"encoding": "utf-8"})
        for _line, message, _comments, context in found:
            # Where a sentence stands is worth knowing; on which line changes too often to be.
            catalogue.add(message, None, [(str(path.relative_to(PACKAGE.parent)), 0)], context=context)
    return catalogue


def catalogues() -> Iterator[Path]:
    """The translations, one per language; a new language begins with its folder."""
    yield from sorted(folder / "django.po" for folder in LOCALES.glob("*/LC_MESSAGES"))


def read(path: Path) -> Catalog:
    """One translation, empty if it is new."""
    if not path.exists():
        return Catalog(locale=path.parent.parent.name, **HEADER)
    with path.open("rb") as stream:
        return read_po(stream, locale=path.parent.parent.name, charset="utf-8")


def update() -> None:
    """Bring every catalogue up to date: new sentences empty, vanished ones gone, nothing guessed."""
    template = collect()
    for path in catalogues():
        kept = read(path)
        kept.update(template, no_fuzzy_matching=True, update_creation_date=False)
        with path.open("wb") as stream:
            write_po(stream, kept, width=110, sort_by_file=True, ignore_obsolete=True, include_lineno=False)
        empty = sum(1 for message in kept if message.id and not any(message.string or ()))
        print(f"{path.relative_to(PACKAGE.parent)}: {len(kept)} sentences, {empty} to translate")


def compile_all() -> None:
    """Write the .mo file beside each catalogue."""
    for path in catalogues():
        with path.with_suffix(".mo").open("wb") as stream:
            write_mo(stream, read(path))


if __name__ == "__main__":
    {"update": update, "compile": compile_all}[sys.argv[1]]()
