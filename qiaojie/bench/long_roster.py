"""The table of fifteen columns that intake is measured with; needs no Django."""

from __future__ import annotations

import shutil
from pathlib import Path

NOTICE = "chongqing-work-2023"
TABLE = f"{NOTICE}/long-roster"
COLUMNS = """

[[tables]]
code = "long-roster"
title = "{region}{year}年培训学员登记名册"
ledger = "enrolments"
where = { "class.kind" = "vocational" }
sets = { "class.kind" = "vocational" }
period_field = "class.ends"
columns = [
  { label = "序号", kind = "ordinal" },
  { label = "姓名", field = "person.name", required = true },
  { label = "性别", field = "person.sex" },
  { label = "出生日期", field = "person.birth_date" },
  { label = "身份证号", field = "person.id_number" },
  { label = "残疾人证号", field = "person.certificate", computed = false },
  { label = "户籍地（乡镇、街道）", field = "person.hukou" },
  { label = "居住地（乡镇、街道）", field = "person.home" },
  { label = "住址", field = "person.address" },
  { label = "联系电话", field = "person.phone" },
  { label = "培训班名称", field = "class.title", required = true },
  { label = "开班日期", field = "class.begins", required = true },
  { label = "结业日期", field = "class.ends", required = true },
  { label = "是否结业", field = "result", choices = { completed = "是", dropped = "否" } },
  { label = "备注", field = "remark" },
]
"""


def folder(home: Path) -> Path:
    """A folder of notices that holds the one of 2023 with the table of fifteen columns."""
    source = Path(__file__).parents[2] / "notices" / NOTICE
    kept = home / "notices" / NOTICE
    shutil.copytree(source, kept)
    with (kept / "notice.toml").open("a", encoding="utf-8") as file:
        file.write(COLUMNS)
    return kept.parent
