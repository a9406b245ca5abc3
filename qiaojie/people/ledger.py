"""The register of persons, declared as a ledger: no approval, no date of its own."""

from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers.declaration import Field, Ledger, register
from qiaojie.ledgers.viewer import Personal

from .models import Sex
from .queries import certificate_now, known_to

PERSONS = register(
    Ledger(
        code="persons",
        label=_("服务对象"),
        model_label="people.Person",
        approved=False,
        filed_by="",
        date="",
        scope=known_to,
        title="name",
        fields=(
            Field("name", _("姓名"), "name", personal=Personal.NAME, filtered=True),
            Field("sex", _("性别"), "choice", choices=dict(Sex.choices), filtered=True),
            Field("birth_date", _("出生日期"), "date"),
            Field("id_number", _("身份证号"), "id_number", personal=Personal.ID_NUMBER),
            Field(
                "certificate",
                _("残疾人证号"),
                "certificate",
                expression=certificate_now,
                personal=Personal.CERTIFICATE,
            ),
            Field("phone", _("联系电话"), "phone", personal=Personal.PHONE),
            Field("hukou", _("户籍地"), "region", path="hukou__name"),
            Field("home", _("居住地"), "region", path="home__name"),
            Field("address", _("住址"), "text", personal=Personal.ADDRESS, listed=False),
        ),
    )
)
