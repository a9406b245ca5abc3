"""The bare steps of intake, as one would write them for this one table: no messages, no cells, nothing for what is wrong.

Read the cells, check all fifteen columns with expressions over whole columns, find the persons with one join.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import polars as pl
from django.db import connection, transaction
from python_calamine import CalamineWorkbook

from qiaojie.lib.crypto import keyring
from qiaojie.lib.dialects import bytes_type, is_server
from qiaojie.lib.identity import CHECK_CHARACTERS, WEIGHTS
from qiaojie.regions.models import Region

from .rosters import Roster

NAMES = ("at", "name", "sex", "born", "number", "certificate", "hukou", "home", "address", "phone", "title",
         "begins", "ends", "result", "remark")  # fmt: skip

PRINTED_DAY = "%Y年%-m月%-d日"


def plan(roster: Roster) -> tuple[int, int]:
    """Read, check and look up; how many rows are wrong, and how many persons are known."""
    rows = CalamineWorkbook.from_filelike(BytesIO(roster.content)).get_sheet_by_index(0).to_python()
    body = [row for row in rows if isinstance(row[0], float | int)]
    frame = pl.DataFrame(
        {
            name: pl.Series(name, column, pl.String if name != "at" else pl.Float64)
            for name, column in zip(NAMES, zip(*body, strict=True), strict=True)
        }
    )
    checked = frame.lazy().with_columns(_typed(roster)).with_columns(_wrong()).collect()
    sound = checked.filter(~pl.col("wrong"))
    return len(checked) - len(sound), len(_known(sound["number"].to_list()))


def _typed(roster: Roster) -> list[pl.Expr]:
    """Every column in its type; a cell that is none of it becomes null."""
    towns = list(Region.objects.filter(parent=roster.region).values_list("name", "pk"))
    places = [
        pl.col(name).replace_strict(dict(towns), default=None).alias(f"{name}_id")
        for name in ("hukou", "home")
    ]
    days = [
        pl.col(name).str.to_date(PRINTED_DAY, strict=False).alias(f"{name}_day")
        for name in ("born", "begins", "ends")
    ]
    texts = [
        pl.col(name).str.strip_chars().alias(f"{name}_text")
        for name in ("name", "address", "title", "remark")
    ]
    return [
        pl.col("at").cast(pl.Int64),
        pl.col("sex").replace_strict({"男": "1", "女": "2"}, default=None).alias("sex_code"),
        pl.col("result")
        .replace_strict({"是": "completed", "否": "dropped"}, default=None)
        .alias("result_code"),
        pl.col("number").str.slice(6, 8).str.to_date("%Y%m%d", strict=False).alias("said"),
        pl.col("number").str.slice(0, 17).cast(pl.Int64, strict=False).alias("digits"),
        *places,
        *days,
        *texts,
    ]


def _wrong() -> pl.Expr:
    """Whether something is wrong in a row."""
    digits = pl.col("digits")
    total = sum(((digits // 10 ** (16 - place)) % 10) * weight for place, weight in enumerate(WEIGHTS))
    check = pl.lit(pl.Series(list(CHECK_CHARACTERS))).gather(total % 11)
    number, certificate = pl.col("number"), pl.col("certificate")
    fine = (
        number.str.contains(r"^[0-9]{17}[0-9X]$")
        & (number.str.slice(17, 1) == check)
        & certificate.str.contains(r"^[0-9]{17}[0-9X][1-7][1-4]$")
        & (certificate.str.slice(0, 18) == number)
        & (pl.col("said") == pl.col("born_day"))
        & ((number.str.slice(16, 1).cast(pl.Int64, strict=False) % 2 == 1) == (pl.col("sex_code") == "1"))
        & (pl.col("name_text").str.len_chars() > 1)
        & ~pl.col("name_text").str.contains(r"[0-9?*#]")
        & pl.col("phone").str.contains(r"^1[3-9][0-9]{9}$")
        & pl.col("hukou_id").is_not_null()
        & pl.col("home_id").is_not_null()
        & (pl.col("address_text").str.len_chars() > 0)
        & (pl.col("title_text").str.len_chars() > 0)
        & (pl.col("begins_day") <= pl.col("ends_day"))
        & pl.col("result_code").is_not_null()
        & (pl.col("remark_text").is_null() | (pl.col("remark_text").str.len_chars() < 200))
        & number.is_first_distinct()
    )
    return (~fine.fill_null(value=False)).alias("wrong")


def _known(numbers: list[str]) -> list[tuple[Any, ...]]:
    """Who of these is registered: hashes into a temporary table, one join."""
    hashes = keyring().blind_many(numbers, "person.id_number")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE bare (id_hash {bytes_type()})")
        if is_server(connection):
            with cursor.copy("COPY bare (id_hash) FROM STDIN") as copy:
                for value in hashes:
                    copy.write_row((value,))
        else:
            cursor.executemany("INSERT INTO bare VALUES (%s)", [(value,) for value in hashes])
        cursor.execute("SELECT p.id, p.name, p.sex, p.birth_date, p.home_id, p.hukou_id FROM bare b "
                       "JOIN people_person p ON p.id_hash = b.id_hash")  # fmt: skip
        found: list[tuple[Any, ...]] = cursor.fetchall()
        cursor.execute("DROP TABLE bare")
    return found
