"""The ledger of typed figures."""

from collections.abc import Callable, Iterator, Mapping

from django.db.models import F
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers.declaration import Field, Ledger, register
from qiaojie.ledgers.hands import ONE_HAND
from qiaojie.ledgers.models import State
from qiaojie.notices import queries as notices


class _Named(Mapping[str, str]):
    """Codes of what the notices at hand declare, with its names, read when they are asked for: notices come and go."""

    def __init__(self, read: Callable[[], dict[str, str]]) -> None:
        self._read = read

    def __getitem__(self, code: str) -> str:
        return self._read()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


def _titles() -> dict[str, str]:
    return {notice.code: notice.title for notice in notices.every()}


def _indicators() -> dict[str, str]:
    """Each code with its name in the language of the page; where notices name one code differently, with all of them."""
    english = get_language() == "en"
    found: dict[str, list[str]] = {}
    for notice in notices.every():
        for indicator in notice.indicators:
            labels = found.setdefault(indicator.code, [])
            label = (english and indicator.english) or indicator.label
            if label not in labels:
                labels.append(label)
    return {code: "／".join(labels) for code, labels in found.items()}


TYPED = register(
    Ledger(
        code="typed_figures",
        label=_("填报数"),
        model_label="measures.TypedFigure",
        title="indicator",
        key=("notice", "indicator", "happened_on"),
        # Typed unit by unit in a grid of the notice's.
        entered=False,
        fields=(
            Field("notice", _("通知"), "choice", choices=_Named(_titles), filtered=True),
            Field("indicator", _("指标"), "choice", choices=_Named(_indicators), filtered=True),
            # Told by the page on which totals of a year are entered, never typed into a row.
            Field("year", _("年度"), "ordinal", expression=lambda: F("year")),
            Field("number", _("数值"), "integer"),
            Field("happened_on", _("截至日期"), "date"),
            Field("evidence", _("依据")),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)
