"""The ledger of documents."""

from collections.abc import Iterator, Mapping

from django.db.models import BooleanField, Case, F, IntegerField, Value, When
from django.db.models.expressions import Combinable, ExpressionWrapper
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Field, Ledger, register
from qiaojie.ledgers.hands import ONE_HAND
from qiaojie.ledgers.limits import Limit
from qiaojie.ledgers.models import State
from qiaojie.lib.values import Label

from .models import DocumentKind, Media


class _Documented(Mapping[str, Label]):
    """The ledgers whose rows documents are kept of, by code: asked anew each time, for rooms above declare theirs later."""

    def __getitem__(self, code: str) -> Label:
        return {ledger.code: ledger.label for ledger in documented()}[code]

    def __iter__(self) -> Iterator[str]:
        return (ledger.code for ledger in documented())

    def __len__(self) -> int:
        return len(documented())


def documented() -> list[Ledger]:
    """All ledgers that say of themselves that documents are kept of their rows."""
    return [ledger for ledger in declaration.every() if ledger.documented]


def _kilobytes() -> Combinable:
    return ExpressionWrapper((F("size") + 1023) / 1024, output_field=IntegerField())


def _late() -> Case:
    """Whether it was handed in after the day of the event; unknown where that has none."""
    return Case(
        When(days_after__gt=0, then=Value(True)),
        When(days_after__lte=0, then=Value(False)),
        default=Value(None),
        output_field=BooleanField(null=True),
    )


DOCUMENTS = register(
    Ledger(
        code="documents",
        label=_("佐证材料"),
        model_label="documents.Document",
        title="title",
        key=("ledger", "row", "sha256"),
        # A document comes about where its file is handed in.
        entered=False,
        limits=(
            Limit(
                "box_missing",
                _("纸质件没有扫描，要写明在哪个档案盒。"),
                "box",
                required=True,
                refused=frozenset({""}),
                when={"media": Media.PAPER},
            ),
        ),
        fields=(
            Field("title", _("材料名称"), filtered=True),
            Field("kind", _("材料种类"), "choice", choices=dict(DocumentKind.choices), filtered=True),
            Field("happened_on", _("材料日期"), "date", filtered=True),
            # What the file itself says, and what it is kept of, is not typed in.
            Field(
                "about",
                _("所附台账"),
                "choice",
                choices=_Documented(),
                filtered=True,
                expression=lambda: F("ledger"),
                told=True,
            ),
            Field(
                "media",
                _("文件类型"),
                "choice",
                choices=dict(Media.choices),
                listed=False,
                expression=lambda: F("media"),
                told=True,
            ),
            Field(
                "size",
                _("文件大小（KB）"),
                "integer",
                unit="KB",
                listed=False,
                expression=_kilobytes,
                told=True,
            ),
            Field("box", _("档案盒号"), filtered=True),
            Field("described", _("画面说明"), listed=False),
            Field("handed_in", _("交存日期"), "date", expression=lambda: TruncDate("entered_at"), told=True),
            Field("days_after", _("事后几天交存"), "integer", expression=lambda: F("days_after"), told=True),
            Field(
                "late",
                _("事后交存"),
                "yes_no",
                filtered=True,
                listed=False,
                expression=_late,
                told=True,
            ),
            Field("entered_by", _("交存人"), expression=lambda: F("entered_by"), told=True, account=True),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)
