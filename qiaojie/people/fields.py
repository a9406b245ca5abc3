"""The fields of a person that every ledger about persons offers, declared once."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qiaojie.codes.choices import choices
from qiaojie.ledgers.declaration import Field, Grouping, Remedy
from qiaojie.ledgers.viewer import Personal
from qiaojie.lib.identity import CATEGORIES, GRADES

from .models import Education, HukouKind, Relation, Sex
from .queries import (
    category_on,
    certificate_on,
    county_named,
    disabled_on,
    grade_on,
    home_county,
    issuer_on,
    numberless,
    of_working_age,
    status_on,
    township_of,
    years_on,
)

AGE_BANDS = ((None, 15), (16, 24), (25, 34), (35, 44), (45, 54), (55, 59), (60, None))
"""Years of age by which offices ask for women and men of working age: the ends of it, and tens between."""

AGE, TOWNSHIP, COUNTY, GRADE = "age", "township", "county", "grade"
"""What ways to part rows by what is known of a person are called, after ``person.`` where rows are not persons."""


def by_age(person: str = "person") -> Grouping:
    """Rows parted by how old the person was on the day of the fact."""
    name = f"{person}.{AGE}" if person else AGE
    return Grouping(
        name,
        _("年龄段"),
        "number",
        lambda: years_on(person),
        bands=AGE_BANDS,
        unit=_("岁"),
        personal=Personal.BIRTH,
    )


def by_place(person: str = "person") -> tuple[Grouping, ...]:
    """Rows parted by where the person's household is registered: township, county."""
    begun = f"{person}." if person else ""
    return (
        Grouping(
            f"{begun}{TOWNSHIP}",
            _("乡镇街道（户籍）"),
            "region",
            lambda: township_of(person),
            personal=Personal.PLACE,
        ),
        Grouping(f"{begun}{COUNTY}", _("区县（户籍）"), "region", lambda: home_county(person)),
    )


def ordered_fields(person: str = "") -> tuple[Field, ...]:
    """What is asked of a person only where a form of a notice in force orders it; ``person`` as for ``by_age``."""
    begun, path = (f"{person}.", f"{person}__") if person else ("", "")

    def field(name: str, label: Promise, kind: str, personal: Personal, **more: Any) -> Field:
        return Field(
            f"{begun}{name}",
            label,
            kind,
            path=f"{path}{name}",
            personal=personal,
            listed=False,
            copied=False,
            on_order=True,
            **more,
        )

    return (
        field("ethnicity", _("民族"), "choice", Personal.PRIVATE, choices=choices("ethnicities")),
        field("marriage", _("婚姻状况"), "choice", Personal.PRIVATE, choices=choices("marriages")),
        field("guardian", _("监护人"), "name", Personal.NAME, sealed=True),
        field("guardian_phone", _("监护人电话"), "phone", Personal.PHONE),
        field("bank_account", _("银行账号"), "bank_account", Personal.ACCOUNT),
        field("head", _("户主姓名"), "name", Personal.NAME, sealed=True),
        field("relation", _("与户主关系"), "choice", Personal.PRIVATE, choices=dict(Relation.choices)),
    )


def person_fields() -> tuple[Field, ...]:
    """Fields named ``person.…`` of a ledger whose rows point to a person; as of the day of the fact."""
    return (
        Field("person.name", _("姓名"), "name", personal=Personal.NAME, filtered=True),
        Field("person.sex", _("性别"), "choice", choices=dict(Sex.choices), filtered=True),
        Field(
            "person.birth_date",
            _("出生日期"),
            "date",
            personal=Personal.BIRTH,
            listed=False,
            groups=(by_age(),),
        ),
        Field("person.id_number", _("身份证号"), "id_number", personal=Personal.ID_NUMBER),
        Field(
            "person.numberless",
            _("无身份证号"),
            "yes_no",
            expression=numberless,
            filtered=True,
            listed=False,
        ),
        Field(
            "person.certificate",
            _("残疾人证号"),
            "certificate",
            expression=certificate_on,
            personal=Personal.CERTIFICATE,
        ),
        Field(
            "person.issued_by",
            _("发证残联"),
            "region",
            expression=issuer_on,
            listed=False,
        ),
        Field(
            "person.category",
            _("残疾类别"),
            "choice",
            expression=category_on,
            choices={str(code): label for code, label in CATEGORIES.items()},
            personal=Personal.DISABILITY,
            listed=False,
            groups=(
                Grouping(
                    f"person.{GRADE}",
                    _("残疾等级"),
                    "choice",
                    grade_on,
                    {str(code): label for code, label in GRADES.items()},
                    personal=Personal.DISABILITY,
                ),
            ),
        ),
        Field(
            "person.education",
            _("文化程度"),
            "choice",
            choices=dict(Education.choices),
            listed=False,
        ),
        *ordered_fields("person"),
        Field("person.phone", _("联系电话"), "phone", personal=Personal.PHONE),
        Field(
            "person.address",
            _("住址"),
            "address",
            personal=Personal.ADDRESS,
            listed=False,
        ),
        Field(
            "person.hukou",
            _("户籍地"),
            "region",
            path="person__hukou__name",
            personal=Personal.PLACE,
            coarse=lambda: county_named("person__hukou"),
            grouped=False,
            groups=by_place(),
        ),
        Field(
            "person.hukou_kind",
            _("户口性质"),
            "choice",
            choices=dict(HukouKind.choices),
            listed=False,
        ),
        Field(
            "person.home",
            _("居住地"),
            "region",
            path="person__home__name",
            personal=Personal.PLACE,
            coarse=lambda: county_named("person__home"),
            listed=False,
            grouped=False,
        ),
        Field(
            "person.disabled",
            _("持有效残疾人证"),
            "yes_no",
            expression=disabled_on,
            filtered=True,
            lack=_("残疾人证过期或未登记"),
            remedy=Remedy("certificate", _("登记残疾人证"), _("残疾人证；还没有的，问办到哪一步")),
        ),
        Field("person.working_age", _("就业年龄段"), "yes_no", expression=of_working_age, listed=False),
        Field(
            "person.registered_poor",
            _("建档立卡"),
            "yes_no",
            expression=lambda: status_on("registered_poor"),
            listed=False,
        ),
    )
