"""What nobody said of a file: which table it is, of which unit and year, as its headers and captions tell."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.regions.models import Level, Region
from qiaojie.sheets.reading import read

from .table_detection import recognise


@dataclass(frozen=True, slots=True)
class Settled:
    """What a file is planned as; ``year`` is what the file says, if anything was to be found out."""

    table: TableDef
    region: Region
    year: int | None


def settled(table: str, region: Region) -> bool:
    """Whether both are said: facts are filed by counties, so a region above them only says where to look."""
    return bool(table) and region.level >= Level.COUNTY


def settle(data: bytes, name: str, table: str, region: Region, viewer: Viewer) -> Settled:
    """Find out what is not said. ``table`` is '' and ``region`` above counties where it is not.

    Raises Unusable ``table_several``, ``table_not_recognised``, ``region_missing``, and as reading a file does.
    """
    if settled(table, region):
        return Settled(notices.table(table), region, None)
    seen = recognise(read(data, name))
    found = notices.table(table) if table else seen.table()
    unit = region if region.level >= Level.COUNTY else seen.region(found, viewer)
    if unit is None:
        raise Unusable("region_missing", _("文件里没有写明填报单位，或者写了几个，请选择。"))
    return Settled(found, unit, seen.year(found))
