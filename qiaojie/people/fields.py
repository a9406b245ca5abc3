"""The fields of a person that every ledger about persons offers, declared once."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers.declaration import Field
from qiaojie.ledgers.viewer import Personal
from qiaojie.lib.identity import CATEGORIES

from .models import Education, HukouKind, Sex
from .queries import (
    category_on,
    certificate_on,
    disabled_on,
    issuer_on,
    numberless,
    of_working_age,
    status_on,
)


def person_fields() -> tuple[Field, ...]:
    """Fields named ``person.…`` of a ledger whose rows point to a person; as of the day of the fact."""
    return (
        Field("person.name", _("姓名"), "name", personal=Personal.NAME, filtered=True),
        Field("person.sex", _("性别"), "choice", choices=dict(Sex.choices), filtered=True),
        Field("person.birth_date", _("出生日期"), "date", listed=False),
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
        ),
        Field(
            "person.education",
            _("文化程度"),
            "choice",
            choices=dict(Education.choices),
            listed=False,
        ),
        Field("person.phone", _("联系电话"), "phone", personal=Personal.PHONE),
        Field(
            "person.address",
            _("住址"),
            "address",
            personal=Personal.ADDRESS,
            listed=False,
        ),
        Field("person.hukou", _("户籍地"), "region", path="person__hukou__name"),
        Field(
            "person.hukou_kind",
            _("户口性质"),
            "choice",
            choices=dict(HukouKind.choices),
            listed=False,
        ),
        Field("person.home", _("居住地"), "region", path="person__home__name", listed=False),
        Field(
            "person.disabled",
            _("持有效残疾人证"),
            "yes_no",
            expression=disabled_on,
            filtered=True,
            lack=_("残疾人证过期或未登记"),
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
