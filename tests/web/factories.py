"""A small made-up county programme: the 41 units, offices with their accounts, classes with trainees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password

from qiaojie.accounts.models import Agency, Agreement, Role, User, WorkLine
from qiaojie.accounts.viewers import UserViewer
from qiaojie.codes.models import CountyWord
from qiaojie.intake import services
from qiaojie.intake.models import Upload
from qiaojie.ledgers.models import State
from qiaojie.lib.identity import check_digit
from qiaojie.measures.services import recount, recount_every
from qiaojie.notices import queries as notices
from qiaojie.notices.models import NoticeInForce
from qiaojie.people.identification import certificate_hash, id_hash, phone_hash
from qiaojie.people.models import Certificate, Household, HouseholdMember, Person, Sex, Status, Tie
from qiaojie.regions import source
from qiaojie.regions.models import (
    Edition,
    EditionUnit,
    Layout,
    Level,
    Region,
    RegionKind,
    TreeState,
)
from qiaojie.training.models import Enrolment, Result, TrainingClass

PASSWORD = "zhulianbihe-2023"
NOTICE, FORM = "chongqing-work-2023", "chongqing-handicraft-2019"
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高"
GIVEN = "桂兰秀英玉珍淑芬小红春梅雪莲丽华美玲翠云彩霞"


def tree() -> dict[str, Region]:
    """The nation, Chongqing and the 41 units of 2023 with two townships in Fuling, by name; and their edition."""
    TreeState.objects.all().delete()
    rows = [row for row in source.table("edition-units") if row["edition"] == "chongqing-2023"]
    last = len(rows) + 4
    made: dict[str, Region] = {}

    def add(
        key: str, name: str, level: Level, kind: RegionKind, parent: str | None, first: int, last: int
    ) -> Region:
        code = key if key.isdigit() else ""
        made[name] = Region.objects.create(
            key=key,
            code=code,
            name=name,
            short_name=name,
            level=level,
            kind=kind,
            first=first,
            last=last,
            parent=made.get(parent or ""),
        )
        return made[name]

    add("nation", "全国", Level.NATION, RegionKind.NATION, None, 1, last)
    add("500000", "重庆市", Level.PROVINCE, RegionKind.PROVINCE, "全国", 2, last)
    number = 3
    for row in rows:
        name = "".join(row["label"].split())
        inner = 2 if name == "涪陵区" else 0
        add(row["region"], name, Level.COUNTY, RegionKind.COUNTY, "重庆市", number, number + inner)
        for place in range(inner):
            add(
                f"50010299{place}",
                f"甲{place}街道",
                Level.TOWNSHIP,
                RegionKind.TOWNSHIP,
                name,
                number + 1 + place,
                number + 1 + place,
            )
        number += 1 + inner
    edition = Edition.objects.create(
        code="chongqing-2023", label="2023年版", root=made["重庆市"], on=date(2023, 3, 7), layout=Layout.TILES
    )
    EditionUnit.objects.bulk_create(
        EditionUnit(
            edition=edition,
            region=made["".join(row["label"].split())],
            order=int(row["order"]),
            label=row["label"],
            tile_column=int(row["column"]),
            tile_row=int(row["row"]),
        )
        for row in rows
    )
    TreeState.objects.create(source="test", as_of=date(2023, 3, 7))
    return made


@cache
def _hashed() -> str:
    """The password of all accounts, hashed once: doing it well takes long."""
    return make_password(PASSWORD)


def account(
    username: str, region: Region, role: Role, line: WorkLine = WorkLine.DPF, holder: str = ""
) -> User:
    """An account of the office of a line in a region."""
    agency, _new = Agency.objects.get_or_create(
        region=region, line=line, name=f"{region.short_name}{line.label}"
    )
    return User.objects.create(username=username, password=_hashed(), agency=agency, role=role, holder=holder)


def outsider(username: str, region: Region, role: Role, line: WorkLine) -> User:
    """An account outside the offices, whose agency has an agreement."""
    made = account(username, region, role, line, holder="秦外聘")
    assert made.agency is not None
    Agreement.objects.get_or_create(agency=made.agency, number="协议2017-1", begins=date(2017, 1, 1))
    return made


def identity(number: int, female: bool = True) -> str:
    """A made-up identity number with a true check digit."""
    first = f"500000{1960 + number % 40}{1 + number % 12:02d}{1 + number % 28:02d}{number // 7 % 50:02d}{2 if female else 1}"
    return first + check_digit(first)


def person(number: int, county: Region, *, disabled: bool = True) -> Person:
    """A woman known to a county, with a certificate issued there unless ``disabled`` is False."""
    name = SURNAMES[number % 20] + GIVEN[number // 20 % 20] + (GIVEN[number % 19] if number % 3 else "")
    card, phone = identity(number), f"138{number:08d}"
    made = Person.objects.create(
        name=name,
        name_key=name,
        sex=Sex.FEMALE,
        birth_date=date(int(card[6:10]), int(card[10:12]), int(card[12:14])),
        id_number=card,
        id_hash=id_hash(card),
        phone=phone,
        phone_hash=phone_hash(phone),
        hukou=county,
        home=county,
    )
    Tie.objects.create(person=made, region=county)
    if disabled:
        held = f"{card}4{1 + number % 4}"
        Certificate.objects.create(
            person=made,
            number=held,
            number_hash=certificate_hash(held),
            category="4",
            grade=str(1 + number % 4),
            county=county,
            issued_on=date(2016, 5, 1),
            expires_on=date(2027, 1, 31),
        )
    return made


def training_class(county: Region, title: str, **given: Any) -> TrainingClass:
    """An approved vocational class of June 2023 that ``county`` filed, unless given otherwise."""
    known: dict[str, Any] = {
        "kind": "vocational",
        "content": "手工编织",
        "handicraft": True,
        "begins": date(2023, 6, 1),
        "ends": date(2023, 6, 20),
        "cost": 3_920_000,
        "funding": "county",
        "has_sign_in": True,
        "state": State.APPROVED,
        "filed_by": county,
        **given,
    }
    known.setdefault("happened_on", known["ends"])
    return TrainingClass.objects.create(title=title, **known)


def enrol(held: TrainingClass, people: list[Person], state: str = State.APPROVED) -> None:
    """Everybody completes the class."""
    Enrolment.objects.bulk_create(
        Enrolment(
            training_class=held,
            person=one,
            filed_by=held.filed_by,
            happened_on=held.ends,
            state=state,
            result=Result.COMPLETED,
        )
        for one in people
    )


def counted_elsewhere(world: World) -> Person:
    """A woman whom Fuling counts while Wanzhou holds her: her certificate moved there after her class, and so did she."""
    wanzhou, woman = world.regions["万州区"], world.people["here"][3]
    woman.certificates.update(ended_on=date(2023, 7, 31))
    Certificate.objects.create(person=woman, number="x", county=wanzhou, issued_on=date(2023, 8, 1))
    Tie.objects.create(person=woman, region=wanzhou)
    enrol(
        training_class(wanzhou, "九月班", begins=date(2023, 9, 1), ends=date(2023, 9, 9)),
        [woman],
    )
    recount(notices.notice(NOTICE), force=True)
    return woman


ROSTER = "序号,姓名,性别,身份证号,残疾人证号,户籍地（乡镇、街道）,联系电话,培训班名称,开班日期,结业日期,是否结业,备注"


def roster(title: str, numbers: Iterable[int], **wrong: str) -> bytes:
    """A roster as csv, one line a woman; ``wrong`` replaces the identity number of the woman ``n<number>``."""
    lines = [ROSTER]
    for place, number in enumerate(numbers, start=1):
        card = identity(number)
        name = SURNAMES[number % 20] + GIVEN[number // 20 % 20]
        shown = wrong.get(f"n{number}", card)
        held = (
            str(place),
            name,
            "女",
            shown,
            f"{card}43",
            "甲0街道" if "涪陵" in title else "",
            f"139{number:08d}",
        )
        lines.append(",".join((*held, title, "2023-07-01", "2023-07-20", "是", "")))
    return ("\n".join(lines) + "\n").encode("utf-8-sig")


def hand_in(user: User, region: Region, data: bytes, name: str = "名册.csv") -> Upload:
    """A file handed in for the roster of 2023 and not yet written."""
    return services.receive(data, name, notices.table(f"{NOTICE}/roster"), region, UserViewer(user))


def switch_on() -> None:
    """Every notice is in force, and has been from the beginning."""
    NoticeInForce.objects.bulk_create(NoticeInForce(notice=one.code, by="system") for one in notices.every())


@dataclass
class World:
    """What the tests look at."""

    regions: dict[str, Region]
    users: dict[str, User]
    classes: dict[str, TrainingClass]
    people: dict[str, list[Person]]
    uploads: dict[str, Upload]


def world() -> World:
    """Fuling and Wanzhou with classes of their own, one woman counted by the other, and an account of every role."""
    regions = tree()
    fuling, wanzhou, city = regions["涪陵区"], regions["万州区"], regions["重庆市"]
    users = {
        "clerk": account("clerk", fuling, Role.CLERK, holder="周经办"),
        "approver": account("approver", fuling, Role.APPROVER, holder="吴审核"),
        "reader": account("reader", fuling, Role.LEADER, holder="郑领导"),
        "inspector": account("inspector", fuling, Role.INSPECTOR, holder="何督查"),
        "women": account("women", fuling, Role.CLERK, WorkLine.WOMEN, holder="冯妇联"),
        "city": account("city", city, Role.APPROVER, holder="陈市级"),
        "other": account("other", wanzhou, Role.APPROVER, holder="褚万州"),
        "administrator": account("administrator", city, Role.SYSTEM, holder="卫管理"),
        "security": account("security", city, Role.SECURITY, holder="蒋安全"),
        "audit": account("audit", city, Role.AUDIT, holder="沈审计"),
        "county-system": account("county-system", fuling, Role.SYSTEM, holder="韩系统"),
        "county-security": account("county-security", fuling, Role.SECURITY, holder="杨安全"),
        "county-audit": account("county-audit", fuling, Role.AUDIT, holder="朱审计"),
        "base": outsider("base", fuling, Role.BASE_MANAGER, WorkLine.BASE),
        "trainer": outsider("trainer", fuling, Role.TRAINER, WorkLine.TRAINER),
        "helper": outsider("helper", fuling, Role.HELPER, WorkLine.OTHER),
        "bank": outsider("bank", fuling, Role.BANK, WorkLine.BANK),
    }
    here = [person(n, fuling) for n in range(30)]
    there = [person(n, wanzhou) for n in range(30, 45)]
    classes = {
        "weaving": training_class(fuling, "手工编织一班"),
        "farming": training_class(
            fuling, "榨菜种植班", kind="practical", handicraft=False, content="榨菜种植"
        ),
        "pending": training_class(fuling, "盲人按摩班", handicraft=False, state=State.DRAFT, content="按摩"),
        "handicraft": training_class(
            fuling, "蜀绣班", begins=date(2019, 4, 1), ends=date(2019, 4, 20), content="蜀绣", cost=3_280_000
        ),
        "there": training_class(wanzhou, "万州竹编班"),
    }
    enrol(classes["weaving"], here[:20])
    enrol(classes["farming"], here[:12])
    enrol(classes["pending"], here[20:26], State.DRAFT)
    enrol(classes["handicraft"], here[4:16])
    enrol(classes["there"], [*there, here[0]])
    Tie.objects.create(person=here[0], region=wanzhou)
    home = Household.objects.create(region=fuling)
    HouseholdMember.objects.bulk_create(HouseholdMember(household=home, person=one) for one in here[:2])
    Status.objects.create(
        person=here[0], scheme="registered_poor", category="lifted", begins=date(2014, 1, 1), source="扶贫办"
    )
    switch_on()
    recount_every()
    uploads = {
        "here": hand_in(users["clerk"], fuling, roster("涪陵新班", range(200, 205))),
        "there": hand_in(users["other"], wanzhou, roster("万州新班", range(210, 213))),
    }
    return World(regions, users, classes, {"here": here, "there": there}, uploads)


def own_word(region: Region) -> int:
    """A word that a county added to a list."""
    kept, _new = CountyWord.objects.get_or_create(
        list_code="crafts",
        code=f"{region.code}_1",
        label="麻柳刺绣",
        parent="embroidery",
        region=region,
        by="somebody",
    )
    return kept.pk
