"""What tests of code lists share: what they prepare or add is forgotten with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from qiaojie.codes import standing


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """The next test knows what the files say, and looks when it says so."""
    looked = standing._looked
    yield
    standing.forget()
    standing._looked = looked


@pytest.fixture
def folder(tmp_path: Path, settings: LazySettings) -> Path:
    """A folder of lists beside those that are shipped."""
    made = tmp_path / "codes"
    made.mkdir()
    settings.CODE_DIRS = [settings.CODE_DIRS[0], made]
    return made


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    """Writes a list of that code: its lines, cells parted by tabs; a head and the columns ``code`` and ``label`` where none are
    given."""

    def write(code: str, *rows: str, head: str = "# label: 试用表", columns: str = "code\tlabel") -> Path:
        path = folder / f"{code}.tsv"
        path.write_text("\n".join([*head.splitlines(), columns, *rows]) + "\n", encoding="utf-8")
        return path

    return write
