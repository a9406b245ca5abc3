"""The registry's own tables (登记表): one for each ledger, made from its declaration, so that every record has a way in.

What a notice prescribes comes first: these take in what no notice has a form for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration, rows
from qiaojie.ledgers.conditions import data
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.lib.money import FEN
from qiaojie.people.ledger import ISSUED_BY

from .schema import Notice, Table
from .shape import GIVEN, kept_column

CODE = "ledgers"
"""What stands before the slash in the names of these tables: ``ledgers/care-services``."""

WORDS = "zh-hans"
"""Forms are in the language of the offices, whoever looks at them."""

_PERSON = (
    "name",
    "sex",
    "birth_date",
    "id_number",
    "certificate",
    "issued_by",
    "hukou",
    "hukou_kind",
    "phone",
)
"""What a table asks of a person whom its rows are about; what else there is to know of her has the table of persons."""

_NUMBERS = {"certificate", ISSUED_BY}
"""Fields of a person that are worked out by day when they are read, and entered as evidence when a list states them."""

_EVIDENCE = {"person.disabled": "certificates", "person.registered_poor": "statuses"}
"""The registers that tell what an indicator asks of a person on the day."""

HEADERS: dict[str, tuple[str, ...]] = {
    "name": ("学员姓名", "残疾人姓名", "学员", "服务对象", "户主姓名", "对象姓名", "本人姓名"),
    "id_number": ("身份证号码", "公民身份号码", "身份证", "身份证件号码", "居民身份证号", "证件号码"),
    "certificate": ("残疾证号", "残疾证号码", "残疾人证号码", "残疾证", "残疾人证"),
    "number": ("残疾证号", "残疾证号码", "残疾人证号码", "残疾证", "残疾人证"),
    "hukou": (
        "户籍地（乡镇、街道）",
        "户籍地址",
        "户籍所在地",
        "乡镇（街道）",
        "乡镇、街道",
        "乡镇街道",
        "所属乡镇",
    ),
    "hukou_kind": ("户籍性质", "户籍类型", "户口类型", "户口类别", "户别"),
    "ethnicity": ("族别", "民族成份", "民族成分"),
    "marriage": ("婚姻", "婚姻情况", "婚否"),
    "guardian": ("监护人姓名", "法定监护人", "法定监护人姓名"),
    "guardian_phone": ("监护人联系电话", "监护人联系方式", "监护人手机"),
    "bank_account": (
        "银行卡号",
        "银行账户",
        "账号",
        "卡号",
        "开户账号",
        "一卡通账号",
        "惠农一卡通账号",
        "社保卡账号",
        "社保卡银行账号",
    ),
    "head": ("户主",),
    "relation": ("与户主的关系", "户主关系", "家庭关系"),
    "phone": ("电话", "手机", "手机号", "手机号码", "联系方式", "电话号码"),
    "birth_date": ("出生年月日", "出生年月", "生日"),
    "died_on": ("死亡时间", "去世日期", "死亡年月"),
    "employer": ("用工单位", "工作单位", "企业名称", "单位名称"),
    "begins": ("开始时间", "起始日期", "起始时间", "起"),
    "ends": ("结束时间", "终止日期", "终止时间", "截止日期", "止"),
    "provider": ("托养机构", "机构名称", "服务单位"),
    "amount": ("金额",),
    "result": ("结业", "是否结业", "结业与否", "结业结果", "培训结果", "是否合格结业"),
    "class.title": ("培训班", "班次名称", "培训名称", "班级"),
    "base.name": ("基地", "基地全称", "扶持基地"),
}
"""What offices also write over a column, by the name of the field (that of a person's without its first word)."""


class Standard(Notice):
    """The tables of all ledgers, as one document that orders nothing and is of no map."""

    edition: str = ""

    @property
    def orders(self) -> bool:
        """Nothing is owed by it."""
        return False


ALSO: dict[str, dict[str, str]] = {
    "hukou_kind": {
        "农村": "1",
        "农业户口": "1",
        "城镇": "2",
        "非农业户口": "2",
        "居民": "3",
        "居民户口": "3",
    },
    "relation": {
        **dict.fromkeys("本人 户主本人".split(), "02"),
        **dict.fromkeys("妻 妻子 夫 丈夫 爱人 夫妻".split(), "10"),
        **dict.fromkeys("子 长子 次子 三子 独生子 养子 继子".split(), "20"),
        **dict.fromkeys("女 长女 次女 三女 独生女 养女 继女".split(), "30"),
        **dict.fromkeys("媳妇 儿媳妇".split(), "38"),
        **dict.fromkeys("孙子 孙女 外孙 外孙子 外孙女 孙".split(), "40"),
        **dict.fromkeys("父 母 父亲 母亲 公公 婆婆 岳父 岳母".split(), "50"),
        **dict.fromkeys("祖父 祖母 外祖父 外祖母 爷爷 奶奶 外公 外婆".split(), "60"),
        **dict.fromkeys("兄 弟 姐 妹 哥哥 弟弟 姐姐 妹妹 兄弟 姐妹".split(), "70"),
        "其他": "97",
    },
    "settlement": {"城市": "urban", "城镇户籍": "urban", "农村户籍": "rural", "乡村": "rural"},
}
"""What offices also write for a choice, by the name of the field: as headers are compared → our code."""


def notice(collected: frozenset[tuple[str, str]] = frozenset()) -> Notice:
    """The tables of all ledgers. What is collected by order alone they have only as far as it is ``collected``: (ledger by its
    code, field)."""
    return _notice(get_language(), declaration.revision(), collected)


def demand_open(table: str) -> None:
    """Raise Unusable ``ledger_closed`` for the code of the own table of a ledger whose declaration is gone."""
    for ledger in declaration.every():
        if ledger.closed and code_of(ledger) == table:
            declaration.demand_open(ledger)


def code_of(ledger: Ledger) -> str:
    """The code of a ledger's own table."""
    return ledger.code.replace("_", "-")


def name_of(ledger: Ledger) -> str:
    """The name of a ledger's own table, as ``queries.table`` takes it; '' where its rows come about on a page of theirs."""
    return f"{CODE}/{code_of(ledger)}" if ledger.entered else ""


def ledgers_of(notice: Notice) -> tuple[str, ...]:
    """The ledgers on whose rows a notice's numbers rest, by code: what its indicators count, the classes and bases of those, and
    what is evidence about the people."""
    found: dict[str, None] = {}
    for indicator in notice.indicators:
        for source in indicator.sources:
            ledger = declaration.get(source.ledger)
            found[ledger.code] = None
            found |= dict.fromkeys(part.ledger for part in ledger.parts.values() if part.ledger != "persons")
            found |= {_EVIDENCE[name]: None for name in data.names(source.where) if name in _EVIDENCE}
        if indicator.count == "households":
            found["households"] = None
    return tuple(found)


@lru_cache(maxsize=4)
def _notice(language: str | None, revision: int, collected: frozenset[tuple[str, str]]) -> Notice:
    """Of one revision of the ledgers (``declaration.revision``)."""
    with override(WORDS):
        return Standard(
            code=CODE,
            title=_("台账登记表"),
            issuers=(_("本系统"),),
            period="1949..2099",
            tables=tuple(_table(ledger, collected) for ledger in declaration.every() if ledger.entered),
        )


def _table(ledger: Ledger, collected: frozenset[tuple[str, str]]) -> Table:
    form: dict[str, Any] = {
        "columns": [{"label": _("序号"), "kind": "ordinal"}, *_columns(ledger, collected)],
        "orientation": "landscape",
        "blank_rows": 20,
        "loose": True,
    }
    return Table(code=code_of(ledger), title=_("%s登记表") % ledger.label, ledger=ledger.code, **form)


def _columns(ledger: Ledger, collected: frozenset[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    spans = {column for first, last in ledger.spans for column in (first, last)}
    alone = {one.path or one.name for one in ledger.fields if not one.until}
    for field in ledger.fields:
        if field.until and spans <= alone:
            # Its two days have columns of their own.
            continue
        if field.on_order and (ledger.code, field.name) not in collected:
            continue
        if _entered(ledger, field):
            yield _column(ledger, field)


def _entered(ledger: Ledger, field: Field) -> bool:
    """Whether a row of the ledger, or one that it refers to, keeps the field, and it is somebody's to say."""
    word, dot, rest = field.name.partition(".")
    if not field.asked:
        return False
    if dot and word in ledger.parts:
        part = declaration.get(ledger.parts[word].ledger)
        if part.code == "persons":
            return rest in _PERSON or field.on_order
        if not ledger.makes(word):
            # It is looked up: by its name, by what tells it alone, and where several have one name by what tells these apart.
            there = next((one for one in part.fields if one.name == rest), field)
            return rest == part.title or rest in part.known_by or there.column in part.key
        return _kept(part, next((one for one in part.fields if one.name == rest), field))
    if dot and word in (hung := declaration.added(ledger.code)):
        keeper = declaration.get(hung[word])
        return _kept(keeper, keeper.field(rest))
    if field.name in _NUMBERS and ledger.code == "persons":
        return True
    return _kept(ledger, field)


def _kept(ledger: Ledger, field: Field) -> bool:
    column = kept_column(ledger, field)
    own = {rows.column(ledger.model, name).attname for name in ledger.follows}
    if ledger.filed_by:
        own.add(rows.column(ledger.model, ledger.filed_by).attname)
    return bool(column) and column not in GIVEN | own


def _column(ledger: Ledger, field: Field) -> dict[str, Any]:
    word, dot, rest = field.name.partition(".")
    bare = rest if dot and word in ledger.parts else field.name
    label = str(field.label)
    others = [text for text in HEADERS.get(field.name, HEADERS.get(bare, ())) if text != label]
    if field.kind == "money" and FEN[field.unit] != FEN[""]:
        # Whoever fills it in sees in what.
        label = f"{label}（{field.unit}）"
    column: dict[str, Any] = {"label": label, "field": field.name}
    if others:
        column["headers"] = others
    if bare in ALSO:
        column["also"] = ALSO[bare]
    if field.expression is not None:
        column["computed"] = False
    if _needed(ledger, field):
        column["required"] = True
    return column


def _needed(ledger: Ledger, field: Field) -> bool:
    """Whether every row has to state it: the name of whom or what it is about, what tells the rows apart, and what no row
    can do without."""
    word, dot, rest = field.name.partition(".")
    if dot and word in ledger.parts:
        part = declaration.get(ledger.parts[word].ledger)
        return not ledger.optional(ledger.parts[word]) and (rest == part.title or rest in part.key)
    column = kept_column(ledger, field)
    if not column or column in ledger.derives:
        return False
    if field.kind == "certificate":
        return True
    kept = rows.column(ledger.model, column)
    told_apart = column in {rows.column(ledger.model, name).attname for name in ledger.key}
    optional = kept.null or kept.blank
    if field.required:
        return True
    return not optional and (told_apart or not kept.has_default())


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """A column that a ledger's own table would have."""

    label: str
    unit: str = ""
    required: bool = False


def preview(
    ledger: Ledger, own: Iterable[Field], collected: frozenset[tuple[str, str]]
) -> list[PreviewColumn]:
    """The columns that the own table of a ledger would have of which there is no database table yet; ``own`` are the fields that
    its rows keep themselves, ``collected`` what forms in force order."""
    kept = {one.name for one in own}
    referred = {*ledger.parts, *declaration.added(ledger.code)}
    with override(WORDS):
        found = [PreviewColumn(_("序号"))]
        for field in ledger.fields:
            word, dot, _rest = field.name.partition(".")
            if field.on_order and (ledger.code, field.name) not in collected:
                continue
            if _entered(ledger, field) if dot and word in referred else field.name in kept:
                needed = field.name in kept and (field.required or field.kind == "certificate")
                found.append(PreviewColumn(str(field.label), field.unit, needed))
    return found
