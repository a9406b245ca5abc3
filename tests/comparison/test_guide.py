"""The guide's example of an outside system works as printed, and the guide names every key."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import LazySettings
from django.conf import settings as django_settings

from qiaojie.notices import queries as notices
from qiaojie.notices.checking import check
from qiaojie.notices.schema import Table
from qiaojie.notices.systems import CodeMap, Pair, System

GUIDE = (Path(django_settings.BASE_DIR) / "docs" / "add-a-system.md").read_text(encoding="utf-8")


def test_the_example_has_no_fault_and_reads_and_writes(
    db: None, tmp_path: Path, settings: LazySettings
) -> None:
    found = re.search(r"^```toml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert found is not None
    folder = tmp_path / "city-jobs"
    folder.mkdir()
    (folder / "system.toml").write_text(found[1], encoding="utf-8")
    (folder / "README.md").write_text("# City\n", encoding="utf-8")
    assert check([tmp_path]) == []
    settings.SYSTEM_DIRS = [tmp_path]
    table = notices.table("city-jobs/jobs")
    form = next(leaf.column for leaf in table.form.leaves if leaf.column.field == "form")
    assert (form.choices or {})["rural"] == "40 灵活就业"
    assert (form.also["11"], form.also["灵活就业"]) == ("quota", "flexible")


def test_every_key_is_explained() -> None:
    reference = GUIDE.partition("## Keys")[2]
    own = set(System.model_fields) - set(System.__mro__[1].model_fields)  # type: ignore[attr-defined]
    keys = own | set(CodeMap.model_fields) | set(Pair.model_fields) | {"match", "unit"}
    assert {"match", "unit"} <= set(Table.model_fields)
    assert {key for key in keys if f"`{key}`" not in reference and f"[[{key}]]" not in reference} == set()
