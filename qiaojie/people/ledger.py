"""The register of persons and the dated evidence about them, declared as ledgers without approval."""

from dataclasses import replace

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers.declaration import Field, Ledger, LedgerPart, Spells, Station, register
from qiaojie.ledgers.limits import IN_ORDER, Limit
from qiaojie.ledgers.viewer import Personal, Viewer
from qiaojie.lib.identity import CATEGORIES, GRADES

from .deriving import category_of_scheme
from .fields import by_age, by_place, ordered_fields
from .models import Education, HouseholdMember, HukouKind, Scheme, Sex, StatusCategory
from .queries import certificate_now, county_named, held_on, known_to, valid_on
from .schemes import SCHEMES, STATUS_CATEGORIES
from .services import certificate_completed, completed

ISSUED_BY = "issued_by"
"""The field of a person that names the county or zone whose federation issued her certificate."""

_CATEGORIES = {str(code): label for code, label in CATEGORIES.items()}
_GRADES = {str(code): label for code, label in GRADES.items()}


def _hers(viewer: Viewer) -> Q:
    """What is evidence about a person is open to the offices to whom she is open."""
    return Q(pk__in=[]) if viewer.outside else known_to(viewer, "person_id")


def _numbered_or_hers(viewer: Viewer) -> Q:
    """A household is open to the county whose list numbers it, and to whom one of its people is open."""
    if viewer.outside:
        return Q(pk__in=[])
    members = HouseholdMember.objects.filter(known_to(viewer, "person_id"), household=OuterRef("pk"))
    return viewer.scope("county") | Q(Exists(members))


def _numberless() -> Case:
    """Whether no identity number is known of a person: the file that brought her had none."""
    return Case(
        When(id_hash__isnull=True, then=Value(True)), default=Value(False), output_field=BooleanField()
    )


def _whose(*, by_certificate: bool = True) -> tuple[Field, ...]:
    """The fields by which a row of evidence says whom it is about. A certificate says so by its own number."""
    certificate = Field(
        "person.certificate",
        _("残疾人证号"),
        "certificate",
        expression=lambda: certificate_now(person="person_id"),
        personal=Personal.CERTIFICATE,
        listed=False,
    )
    return (
        Field("person.name", _("姓名"), "name", personal=Personal.NAME, filtered=True),
        Field("person.sex", _("性别"), "choice", choices=dict(Sex.choices), listed=False, groups=(by_age(),)),
        Field("person.id_number", _("身份证号"), "id_number", personal=Personal.ID_NUMBER, listed=False),
        *([certificate] if by_certificate else []),
        Field("person.phone", _("联系电话"), "phone", personal=Personal.PHONE, listed=False),
        Field(
            "person.hukou",
            _("户籍地"),
            "region",
            path="person__hukou__name",
            personal=Personal.PLACE,
            coarse=lambda: county_named("person__hukou"),
            listed=False,
            grouped=False,
            groups=by_place(),
        ),
    )


_CATEGORIES_OF = {
    Scheme.REGISTERED_POOR: (StatusCategory.UNLIFTED, StatusCategory.LIFTED),
    Scheme.RELAPSE_WATCH: (
        StatusCategory.UNSTABLE,
        StatusCategory.MARGINAL,
        StatusCategory.SUDDEN,
        StatusCategory.PREVENTION,
    ),
    Scheme.MINIMUM_ALLOWANCE: (StatusCategory.ALLOWED,),
    Scheme.SPECIAL_HARDSHIP: (StatusCategory.SUPPORTED,),
}
"""The categories that each register of the poor knows."""

_MISFIT = _("这个类别不属于所填的身份体系，请核对。")

_PERSON = {"person": LedgerPart("persons", "person")}

PERSONS = register(
    Ledger(
        code="persons",
        label=_("服务对象"),
        model_label="people.Person",
        station=Station.PERSON,
        documented=True,
        paper="application",
        approved=False,
        filed_by="",
        date="",
        scope=known_to,
        holds=lambda day: Q(died_on__isnull=True) | Q(died_on__gte=day),
        title="name",
        # What she is called, how she is reached and what she has learnt counts nowhere; her number, sex, age and household
        # registration do. To which account she is paid changes by nobody's word alone.
        limits=(
            Limit(
                "died_before", _("死亡日期早于出生日期，请核对两个日期。"), "died_on", at_least="birth_date"
            ),
            Limit("day_ahead", _("死亡日期还没有到，请核对年份。"), "died_on", past=True),
        ),
        completes=completed,
        free=(
            "name",
            "name_key",
            "initials",
            "name_sound",
            "ethnicity",
            "marriage",
            "guardian",
            "guardian_phone",
            "head",
            "relation",
            "education",
            "phone",
            "phone_hash",
            "address",
            "home_id",
        ),
        fields=(
            Field("name", _("姓名"), "name", personal=Personal.NAME, filtered=True),
            Field("sex", _("性别"), "choice", choices=dict(Sex.choices), filtered=True),
            Field("birth_date", _("出生日期"), "date", personal=Personal.BIRTH, groups=(by_age(""),)),
            Field("died_on", _("死亡日期"), "date", listed=False),
            Field("id_number", _("身份证号"), "id_number", personal=Personal.ID_NUMBER),
            Field(
                "numberless",
                _("无身份证号"),
                "yes_no",
                expression=_numberless,
                filtered=True,
                listed=False,
            ),
            Field(
                "certificate",
                _("残疾人证号"),
                "certificate",
                expression=certificate_now,
                personal=Personal.CERTIFICATE,
            ),
            Field(
                ISSUED_BY,
                _("发证残联"),
                "region",
                expression=lambda: certificate_now("county__short_name"),
                listed=False,
            ),
            Field("education", _("文化程度"), "choice", choices=dict(Education.choices), listed=False),
            *ordered_fields(),
            Field("phone", _("联系电话"), "phone", personal=Personal.PHONE),
            Field(
                "hukou",
                _("户籍地"),
                "region",
                path="hukou__name",
                personal=Personal.PLACE,
                coarse=lambda: county_named("hukou"),
                grouped=False,
                groups=by_place(""),
            ),
            Field("hukou_kind", _("户口性质"), "choice", choices=dict(HukouKind.choices), listed=False),
            Field(
                "home",
                _("居住地"),
                "region",
                path="home__name",
                personal=Personal.PLACE,
                coarse=lambda: county_named("home"),
                grouped=False,
            ),
            Field("address", _("住址"), "text", personal=Personal.ADDRESS, listed=False),
        ),
    )
)

CERTIFICATES = register(
    Ledger(
        code="certificates",
        label=_("残疾人证"),
        model_label="people.Certificate",
        station=Station.PERSON,
        approved=False,
        filed_by="",
        date="issued_on",
        scope=_hers,
        holds=valid_on,
        person="person",
        title="person.name",
        limits=(
            replace(IN_ORDER, field="expires_on", at_least="issued_on"),
            replace(IN_ORDER, field="ended_on", at_least="issued_on"),
        ),
        parts=_PERSON,
        # The number of one is given to nobody else, and to her once.
        key=("person", "number_hash"),
        completes=certificate_completed,
        spells=Spells(
            "issued_on",
            "ended_on",
            ("number_hash",),
            begun=False,
            reason="end_reason",
            replaced=_("换发新证"),
        ),
        stops="ended_on",
        fields=(
            *_whose(by_certificate=False),
            Field("number", _("残疾人证号"), "certificate", personal=Personal.CERTIFICATE),
            Field("category", _("残疾类别"), "choice", choices=_CATEGORIES, personal=Personal.DISABILITY),
            Field("grade", _("残疾等级"), "choice", choices=_GRADES, personal=Personal.DISABILITY),
            Field("county", _("发证残联"), "region", path="county__short_name"),
            Field("issued_on", _("发证日期"), "date"),
            Field("expires_on", _("有效期至"), "date", filtered=True),
            Field("ended_on", _("实际有效至"), "date"),
            Field("end_reason", _("失效原因"), applies={"ended_on": {"not": None}}),
        ),
    )
)

STATUSES = register(
    Ledger(
        code="statuses",
        label=_("身份状态"),
        model_label="people.Status",
        station=Station.PERSON,
        approved=False,
        filed_by="",
        date="begins",
        scope=_hers,
        holds=held_on,
        person="person",
        title="person.name",
        limits=(
            IN_ORDER,
            *(
                Limit(
                    "category_misfit",
                    _MISFIT,
                    "category",
                    allowed=frozenset(map(str, known)),
                    when={"scheme": scheme.value},
                )
                for scheme, known in _CATEGORIES_OF.items()
            ),
        ),
        parts=_PERSON,
        key=("person", "scheme", "category", "begins"),
        derives={"category": category_of_scheme},
        spells=Spells("begins", "ends", ("scheme", "category"), ("scheme",)),
        stops="ends",
        fields=(
            *_whose(),
            Field("scheme", _("身份体系"), "choice", choices=SCHEMES, filtered=True),
            Field("category", _("类别"), "choice", choices=STATUS_CATEGORIES, filtered=True),
            Field("begins", _("起"), "date"),
            Field("ends", _("止"), "date", filtered=True),
            Field("source", _("来源")),
        ),
    )
)

HOUSEHOLDS = register(
    Ledger(
        code="households",
        label=_("家庭户"),
        model_label="people.HouseholdMember",
        station=Station.PERSON,
        approved=False,
        filed_by="",
        date="begins",
        scope=_hers,
        holds=held_on,
        person="person",
        title="person.name",
        limits=(IN_ORDER,),
        parts={**_PERSON, "household": LedgerPart("household_units", "household")},
        key=("person", "household", "begins"),
        stops="ends",
        fields=(
            *_whose(),
            Field("household", _("户"), "integer", path="household_id", filtered=True, asked=False),
            Field(
                "household.number",
                _("户编号"),
                path="household__number",
                personal=Personal.PLACE,
                filtered=True,
            ),
            Field(
                "household.region",
                _("所在地"),
                "region",
                path="household__region__name",
                personal=Personal.PLACE,
                coarse=lambda: county_named("household__region"),
            ),
            Field("begins", _("起"), "date"),
            Field("ends", _("止"), "date", filtered=True),
        ),
    )
)

# A household has no people of its own: who belongs to it is a row of the ledger above.
HOUSEHOLD_UNITS = register(
    Ledger(
        code="household_units",
        label=_("户"),
        model_label="people.Household",
        station=Station.PERSON,
        approved=False,
        filed_by="county",
        date="begins",
        scope=_numbered_or_hers,
        holds=held_on,
        title="number",
        key=("number",),
        limits=(IN_ORDER,),
        fields=(
            Field("number", _("户编号"), personal=Personal.PLACE, filtered=True),
            Field(
                "region",
                _("所在地"),
                "region",
                path="region__name",
                personal=Personal.PLACE,
                coarse=lambda: county_named("region"),
            ),
            Field("begins", _("建户日期"), "date"),
            Field("ends", _("销户日期"), "date", filtered=True),
            Field("unit", _("编号区县"), "region", path="county__short_name"),
        ),
    )
)
