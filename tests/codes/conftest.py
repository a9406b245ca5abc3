"""What tests of code lists share: a folder of lists of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings


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
