"""Dividing a target over children so that the parts always add up to it, and the same numbers always fall alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiaojie.lib.findings import Unusable


class Method(TextChoices):
    """Where the parts come from."""

    HAND = "hand", gettext_lazy("逐个填写")
    NEED = "need", gettext_lazy("按需求人数")
    LAST_YEAR = "last_year", gettext_lazy("按上年完成数")
    EQUAL = "equal", gettext_lazy("平均分")


class Basis(TextChoices):
    """Which figure of a unit its split adds up to, where it has set itself a higher one than it was given."""

    HELD = "held", gettext_lazy("自加后的任务数")
    ISSUED = "issued", gettext_lazy("上级下达的任务数")


def split(total: int, numbers: Mapping[int, int], method: Method, minimum: int = 0) -> dict[int, int]:
    """The part of every child, in the order of ``numbers``; the parts add up to ``total``.

    ``numbers`` are the parts themselves where they were typed by hand, the weights where they follow need or last
    year; for equal shares only whom they name matters. No part is below ``minimum``; it may be 0.

    Raises Unusable: ``no_children``, ``target_negative``, ``split_sum_differs`` (by hand; both sums and the
    difference), ``below_minimum`` (by hand), ``minimum_too_large``, ``weights_all_zero``.
    """
    if not numbers:
        raise Unusable("no_children", _("没有可以分解到的单位。"))
    if total < 0 or minimum < 0 or min(numbers.values()) < 0:
        raise Unusable("target_negative", _("任务数、保底数和权数都不能小于0。"))
    if method is Method.HAND:
        return _by_hand(total, numbers, minimum)
    if method is Method.EQUAL:
        return by_weight(total, dict.fromkeys(numbers, 1), minimum)
    return by_weight(total, numbers, minimum)


def by_weight(total: int, weights: Mapping[int, int], minimum: int = 0) -> dict[int, int]:
    """Shares in proportion to the weights by the largest remainder (Hamilton's method).

    Equal remainders go to whoever stands first. Whoever would get less than ``minimum`` gets just that, and the others
    share the rest in proportion. Raises Unusable ``minimum_too_large``, ``weights_all_zero``.
    """
    if minimum * len(weights) > total:
        text = _("每个单位至少 %(least)d，%(count)d 个单位就要 %(needed)d，超过任务 %(total)d。")
        values = {
            "least": minimum,
            "count": len(weights),
            "needed": minimum * len(weights),
            "total": total,
        }
        raise Unusable("minimum_too_large", text % values)
    if total and not sum(weights.values()):
        raise Unusable("weights_all_zero", _("各单位的权数都是0，无法按比例分解；请改为平均分或逐个填写。"))
    raised: set[int] = set()
    while True:
        others = {child: weight for child, weight in weights.items() if child not in raised}
        shares = _largest_remainder(total - minimum * len(raised), others)
        short = {child for child, share in shares.items() if share < minimum}
        if not short:
            return {child: shares.get(child, minimum) for child in weights}
        raised |= short


def _largest_remainder(total: int, weights: Mapping[int, int]) -> dict[int, int]:
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0)
    parts = {child: divmod(total * weight, whole) for child, weight in weights.items()}
    left = total - sum(share for share, _remainder in parts.values())
    # Sorting is stable: of equal remainders the first in order comes first.
    first = set(_largest(parts, left))
    return {child: share + (child in first) for child, (share, _remainder) in parts.items()}


def _largest(parts: Mapping[int, tuple[int, int]], count: int) -> Iterable[int]:
    return sorted(parts, key=lambda child: -parts[child][1])[:count]


def _by_hand(total: int, values: Mapping[int, int], minimum: int) -> dict[int, int]:
    added = sum(values.values())
    if added != total:
        text = _("各单位之和 %(added)d，任务 %(total)d，相差 %(difference)d；请改到两者相等。")
        numbers = {"added": added, "total": total, "difference": added - total}
        raise Unusable("split_sum_differs", text % numbers)
    least = min(values.values())
    if least < minimum:
        text = _("有单位只分到 %(least)d，少于保底的 %(minimum)d。")
        raise Unusable("below_minimum", text % {"least": least, "minimum": minimum})
    return dict(values)
