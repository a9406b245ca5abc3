"""The weights of the levels: declared as data, checked when they are read, the installation's own in place of ours."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log2
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.findings import Unusable

from .traits import BIRTHS, NAMES, PHONES, SEXES, Trait

FILE: Final = "likeness-weights.toml"
"""The installation's own weights, in ``QIAOJIE_HOME``; put there by a person (``qiaojie likeness put``)."""

_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": (*NAMES, "different"),
    "birth": (*BIRTHS, "different"),
    "phone": (*PHONES, "different"),
    "place": ("township", "county", "county_only", "different"),
    "sex": (*SEXES, "different"),
}
"""The levels of each kind as the file names them, the closest first."""
_BY_FREQUENCY: Final = (Trait.NAME, Trait.SOUND, Trait.NEAR)


@dataclass(frozen=True, slots=True)
class Weights:
    """Bits by level. ``agree`` of the levels, ``differ`` where none of a kind is reached (by its first level), ``shares`` of
    pairs of one woman whose names agree on a level that weighs by its frequency."""

    version: str
    propose: float
    likely: float
    people_at_least: int
    agree: Mapping[Trait, float]
    differ: Mapping[Trait, float]
    county_only: float
    elsewhere: float
    of_family: float
    shares: Mapping[Trait, float]
    most: float

    def of_name(self, level: Trait, namesakes: int, people: int) -> float:
        """What a level of a name weighs of which there are so many in a county of so many."""
        least, share = self.agree[level], self.shares.get(level)
        if share is None:
            return least
        return max(
            least, min(self.most, log2(share * max(people, self.people_at_least) / (max(namesakes, 1) + 0.5)))
        )

    def start(self, people: int) -> float:
        """What is taken from the sum in a county of so many."""
        return log2(max(people, self.people_at_least))


def read(text: str) -> Weights:
    """The weights that a file says. Raises Unusable ``weights_unusable``, with what is wrong with it."""
    try:
        told = tomllib.loads(text)
        tables = {kind: {name: float(told[kind][name]) for name in names} for kind, names in _KINDS.items()}
        frequency = {name: float(told["frequency"][name]) for name in (*_BY_FREQUENCY, "most")}
        version, people = str(told["version"]), int(told["people_at_least"])
        propose, likely = float(told["propose"]), float(told["likely"])
        of_family = float(told["phone"].pop("of_family"))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as fault:
        raise Unusable("weights_unusable", _("权重文件不能用：%s。") % fault) from None
    _check(told, tables, frequency, of_family, propose, likely)
    named = {
        Trait(name): weight
        for kind, held in tables.items()
        for name, weight in held.items()
        if name not in ("different", "county_only")
    }
    return Weights(
        version,
        propose,
        likely,
        people,
        named,
        {Trait(next(iter(held))): held["different"] for kind, held in tables.items() if kind != "place"},
        tables["place"]["county_only"],
        tables["place"]["different"],
        of_family,
        {name: frequency[name] for name in _BY_FREQUENCY},
        frequency["most"],
    )


def _check(
    told: Mapping[str, Any],
    tables: Mapping[str, Mapping[str, float]],
    frequency: Mapping[str, float],
    of_family: float,
    propose: float,
    likely: float,
) -> None:
    """More agreement never lowers: raises Unusable where a level weighs more than a closer one, or a threshold is above the
    other."""
    unknown = {name for kind, held in tables.items() for name in told[kind].keys() - held.keys()}
    if unknown:
        raise Unusable("weights_unusable", _("权重文件里有不认识的项：%s。") % "、".join(sorted(unknown)))
    for kind, held in tables.items():
        values = list(held.values())
        if values != sorted(values, reverse=True) or values[0] < 0 or values[-1] > 0:
            text = _("权重文件“%s”一节：越接近的级别权重应该越大，完全一致不能小于0，完全不同不能大于0。")
            raise Unusable("weights_unusable", text % kind)
    shares = [frequency[name] for name in _BY_FREQUENCY]
    if shares != sorted(shares, reverse=True) or not 0 < shares[-1] <= shares[0] <= 1:
        raise Unusable("weights_unusable", _("权重文件“frequency”一节：应该在0和1之间，同名的最大。"))
    if not tables["phone"]["different"] <= of_family <= tables["phone"][Trait.PHONE]:
        raise Unusable(
            "weights_unusable", _("权重文件：phone 一节的 of_family 应该在 different 和 phone 之间。")
        )
    if propose > likely:
        raise Unusable("weights_unusable", _("权重文件：propose 不能大于 likely。"))


@cache
def standard() -> Weights:
    """The weights that come with the product."""
    return read(_standard_text())


def _standard_text() -> str:
    return files(__package__).joinpath("weights.toml").read_text(encoding="utf-8")


def text() -> str:
    """The file that holds now."""
    try:
        return own_file().read_text(encoding="utf-8")
    except FileNotFoundError:
        return _standard_text()


def put(told: str, viewer: Viewer, purpose: str = "") -> Weights:
    """Put an installation's own weights in place, from a person's hand; what is found from now on is weighed by them.

    Raises Refused; Unusable as ``read``, ``version_same`` where it bears the version that holds.
    """
    permit = permitted(viewer, Action.ADMINISTER, "likeness/weights", registry=False)
    made = read(told)
    if made.version == current().version:
        message = _("权重版本还是“%s”：改了权重，请同时改版本号，比对结果里要写明是哪一版。")
        raise Unusable("version_same", message % made.version)
    with permit.because(purpose or made.version) as change:
        beside = own_file().with_suffix(".new")
        beside.write_text(told, encoding="utf-8")
        beside.replace(own_file())
        change.note(rows=1)
    return made


def own_file() -> Path:
    """Where the installation's own weights lie, if it has any."""
    return Path(settings.HOME) / FILE


def current() -> Weights:
    """The weights of this installation. Raises Unusable as ``read``."""
    try:
        changed = own_file().stat().st_mtime_ns
    except FileNotFoundError:
        return standard()
    return _own(own_file(), changed)


@cache
def _own(path: Path, _changed: int) -> Weights:
    return read(path.read_text(encoding="utf-8"))
