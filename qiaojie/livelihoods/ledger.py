"""The ledgers of employment and of services to graduates."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from qiaojie.codes.choices import choices
from qiaojie.ledgers.declaration import Alike, Field, Ledger, LedgerPart, Remedy, Station, register
from qiaojie.ledgers.hands import ONE_HAND
from qiaojie.ledgers.limits import IN_ORDER, Limit
from qiaojie.ledgers.models import State
from qiaojie.lib.findings import Level
from qiaojie.people.deriving import settlement_of
from qiaojie.people.fields import person_fields
from qiaojie.people.queries import county_on

from .models import Proof, Settlement, SourceKind, WorkForm
from .queries import employed_before

PROOF_SOURCES = register(
    Ledger(
        code="proof_sources",
        label=_("凭证来源"),
        model_label="livelihoods.ProofSource",
        documented=True,
        title="title",
        key=("title", "happened_on"),
        spelt=("title",),
        fields=(
            Field("title", _("来源名称"), filtered=True),
            Field("kind", _("来源种类"), "choice", choices=dict(SourceKind.choices), filtered=True),
            Field("from_whom", _("提供单位"), filtered=True),
            Field("happened_on", _("名单或档案日期"), "date", filtered=True),
            Field("proof_place", _("存放处")),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)

EMPLOYMENTS = register(
    Ledger(
        code="employments",
        label=_("就业记录"),
        model_label="livelihoods.Employment",
        station=Station.LIVELIHOOD,
        documented=True,
        paper="contract",
        person="person",
        units={"certificate": county_on},
        title="person.name",
        key=("person", "begins", "employer"),
        spelt=("employer",),
        parts={"person": LedgerPart("persons", "person"), "source": LedgerPart("proof_sources", "source")},
        # Two jobs of one form at a time are one job told twice, or an earlier one whose end nobody entered.
        alike=Alike(("form", "handicraft"), "begins", "ends", "employer"),
        follows={"happened_on": "begins"},
        derives={"settlement": settlement_of},
        stops="ends",
        limits=(
            IN_ORDER,
            Limit("born_after", _("开始日期早于出生日期，请核对。"), "begins", at_least="person.birth_date"),
            Limit(
                "source_missing",
                _(
                    "比对名单要写明来源：是哪个单位的哪份名单、哪一天的；请先登记凭证来源，再从“登记凭证”里选上。"
                ),
                "proof",
                refused=frozenset({Proof.COMPARED.value}),
                when={"source.title": None},
            ),
            Limit(
                "source_missing",
                _("仅有名单的，也请写明是哪份名单；仅有名单的就业不计入新增就业。"),
                "proof",
                level=Level.WARNING,
                refused=frozenset({Proof.LIST.value}),
                when={"source.title": None},
            ),
            Limit(
                "source_kind",
                _("凭证是比对名单，所写的来源却不是比对名单，请核对来源种类。"),
                "source.kind",
                allowed=frozenset({SourceKind.COMPARED.value}),
                when={"proof": Proof.COMPARED.value},
            ),
            Limit(
                "source_kind",
                _("花名册只能说明她在名单上，凭证请选“仅有名单”；有合同、收入等凭证的，请写明那份材料。"),
                "proof",
                # Of a compared list the limit above speaks.
                allowed=frozenset({Proof.LIST.value, Proof.COMPARED.value}),
                when={"source.kind": SourceKind.ROSTER.value},
            ),
        ),
        fields=(
            *person_fields(),
            Field("form", _("就业形式"), "choice", choices=dict(WorkForm.choices), filtered=True),
            Field("employer", _("就业单位"), filtered=True, grouped=True),
            Field(
                "handicraft",
                _("手工制作"),
                "yes_no",
                filtered=True,
                headers=("是否手工制作", "是否从事手工制作", "手工制作就业", "是否手工", "是否从事手工"),
            ),
            Field("settlement", _("城乡类别"), "choice", choices=dict(Settlement.choices), filtered=True),
            Field("begins", _("开始日期"), "date"),
            Field("ends", _("结束日期"), "date"),
            Field("continues", _("续签或单位更名"), "yes_no", listed=False),
            Field(
                "proof",
                _("就业凭证"),
                "choice",
                choices=dict(Proof.choices),
                filtered=True,
                lack=_("缺就业凭证"),
                lack_only=(Proof.NONE.value, Proof.LIST.value),
                remedy=Remedy(
                    "prove", _("登记凭证"), _("劳动合同、工资单、营业执照或社保凭证，有哪样带哪样")
                ),
                by_source="source",
                headers=("就业凭证种类", "凭证种类", "凭证类型", "就业证明", "就业凭证材料"),
                copied=False,
            ),
            Field(
                "proof_place",
                _("凭证存放处"),
                listed=False,
                headers=("凭证存放地点", "凭证存放", "材料存放处"),
                copied=False,
            ),
            Field("source.title", _("凭证来源"), listed=False, copied=False),
            Field(
                "source.kind",
                _("来源种类"),
                "choice",
                choices=dict(SourceKind.choices),
                listed=False,
                copied=False,
            ),
            Field("source.happened_on", _("来源日期"), "date", listed=False, copied=False),
            Field(
                "employed_before",
                _("上年末已就业"),
                "yes_no",
                expression=employed_before,
                listed=False,
                filtered=True,
            ),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)

GRADUATE_SERVICES = register(
    Ledger(
        code="graduate_services",
        label=_("高校毕业生服务"),
        model_label="livelihoods.GraduateService",
        station=Station.LIVELIHOOD,
        documented=True,
        paper="application",
        person="person",
        units={"certificate": county_on, "origin": lambda: F("origin_id")},
        title="person.name",
        key=("person", "happened_on", "service"),
        parts={"person": LedgerPart("persons", "person")},
        limits=(
            Limit(
                "year_unlikely",
                _("毕业年份{value}不对，请写四位数的年份。"),
                "graduated_in",
                least=1950,
                most=2100,
            ),
        ),
        fields=(
            *person_fields(),
            Field("graduated_in", _("毕业年份"), "integer", filtered=True),
            Field(
                "verified",
                _("毕业信息已核实"),
                "yes_no",
                filtered=True,
                lack=_("毕业信息未核实"),
                remedy=Remedy("edit", _("登记核实结果"), _("毕业证书或学信网证明")),
            ),
            Field("origin", _("生源地"), "region", path="origin__short_name"),
            Field("happened_on", _("服务日期"), "date"),
            Field("service", _("服务内容"), filtered=True, grouped=True),
            Field("outcome", _("去向")),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)

INCOMES = register(
    Ledger(
        code="incomes",
        label=_("收入记录"),
        model_label="livelihoods.Income",
        station=Station.LIVELIHOOD,
        documented=True,
        paper="income",
        person="person",
        units={"certificate": county_on},
        title="person.name",
        key=("person", "month", "kind"),
        parts={"person": LedgerPart("persons", "person")},
        follows={"happened_on": "month"},
        fields=(
            *person_fields(),
            Field("month", _("月份"), "date", filtered=True, whole_month=True),
            Field("kind", _("收入来源"), "choice", choices=choices("income_kinds"), filtered=True),
            Field("amount", _("收入金额"), "money", unit="元", flow="earned", by="kind"),
            Field("unit", _("填报单位"), "region", path="filed_by__short_name"),
            Field("state", _("状态"), "choice", choices=dict(State.choices), filtered=True),
            ONE_HAND,
        ),
    )
)
