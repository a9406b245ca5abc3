"""The interface in other languages: collect the Chinese sentences of the source, and compile the catalogues.

Pure Python, so that neither setting up nor testing asks for the gettext programs.
``messages.py update`` rewrites the catalogues; ``messages.py compile`` makes the .mo files that Django reads.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

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

Found = tuple[int, str | tuple[str, ...], list[str], str | None]
"""Line, sentence (or its singular and plural), comments, context."""


def sources() -> Iterator[Path]:
    """Every module and template of the package, in a steady order."""
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts:
            yield path


def _calls(
    stream: IO[bytes], keywords: Collection[str], comment_tags: object, options: object
) -> Iterator[tuple[int, str, tuple[str | None, ...], list[str]]]:
    """Every call of one of the keywords in a module: line, keyword, its arguments (None where one is no plain text), no comments.

    Babel's own reader goes by tokens, and those of Python 3.11 do not show what is called inside an f-string; the
    syntax tree has it in every version.
    """
    found = [node for node in ast.walk(ast.parse(stream.read())) if isinstance(node, ast.Call)]
    for node in sorted(found, key=lambda node: (node.lineno, node.col_offset)):
        called = node.func
        name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
        if name in keywords:
            texts = (getattr(argument, "value", None) for argument in node.args)
            yield node.lineno, name, tuple(text if isinstance(text, str) else None for text in texts), []


def of_module(source: str) -> Iterator[Found]:
    """The sentences of a Python module."""
    # Babel's types have its readers give what `extract` gives back; what they do give is what its manual says.
    reader: Any = _calls
    return extract(reader, io.BytesIO(source.encode()), KEYWORDS)


def of_template(source: str, origin: str) -> Iterator[Found]:
    """The sentences of a template of Django."""
    # Django turns it into calls between filler, which no parser takes but tokens show; what remains of its
    # indentation means nothing in Python.
    filled = "\n".join(line.strip() for line in templatize(source, origin=origin).splitlines())
    return extract("python", io.BytesIO(filled.encode()), KEYWORDS, options={"encoding": "utf-8"})


def collect() -> Catalog:
    """All sentences of the source as a catalogue without translations."""
    catalogue = Catalog(**HEADER)
    for path in sources():
        text = path.read_text(encoding="utf-8")
        found = of_module(text) if path.suffix == ".py" else of_template(text, str(path))
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
        written = io.BytesIO()
        write_po(written, kept, width=110, sort_by_file=True, ignore_obsolete=True, include_lineno=False)
        path.write_bytes(written.getvalue().rstrip() + b"\n")
        empty = sum(1 for message in kept if message.id and not any(message.string or ()))
        print(f"{path.relative_to(PACKAGE.parent)}: {len(kept)} sentences, {empty} to translate")


def compile_all() -> None:
    """Write the .mo file beside each catalogue."""
    for path in catalogues():
        with path.with_suffix(".mo").open("wb") as stream:
            write_mo(stream, read(path))


if __name__ == "__main__":
    {"update": update, "compile": compile_all}[sys.argv[1]]()
