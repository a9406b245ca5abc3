"""The table of ways in which somebody may change rows past the system: by plain SQL, or in the files beside the keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections, router
from django.db.models import Model
from django.utils import timezone

from qiaojie.accounts import sealing, triggers
from qiaojie.accounts.models import (
    AccessEntry,
    AccessKey,
    Agency,
    Agreement,
    Grant,
    SecondFactor,
    User,
)
from qiaojie.accounts.viewers import SystemViewer
from qiaojie.bases.models import Base, SupportPayment
from qiaojie.digests import services
from qiaojie.digests.models import Digest, HashBlock
from qiaojie.documents.models import Content, Document
from qiaojie.intake.models import Upload
from qiaojie.ledgers import journal
from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.models import ApprovalRule, Batch, Change, Proposal, State, Witness
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.crypto import keyring
from qiaojie.livelihoods.models import Employment, Income
from qiaojie.measures.models import Tally
from qiaojie.notices.models import NoticeInForce, Ruling, Target, TargetVersion
from qiaojie.people.models import Certificate, HouseholdMember, Person, Status, Tie
from qiaojie.regions.models import Region
from qiaojie.support.models import CareService
from qiaojie.training.models import Attendance, Enrolment, TrainingClass
from tests.digests.conftest import Spoil
from tests.web.factories import World


@dataclass
class Scene:
    """The programme, and means of spoiling it."""

    world: World
    spoil: Spoil
    kept: dict[str, list[tuple[Any, ...]]]

    def one(self, model: type[Model]) -> int:
        """The first row of a model."""
        found = model._default_manager.order_by("pk").values_list("pk", flat=True).first()
        assert found is not None, model
        return int(found)

    def set(self, model: type[Model], column: str, value: object, pk: int | None = None) -> None:
        """Set one column of one row."""
        key = model._meta.pk.column
        assert (
            self.spoil(
                model, f"UPDATE {{t}} SET {column} = %s WHERE {key} = %s", value, pk or self.one(model)
            )
            == 1
        )

    def delete(self, model: type[Model], pk: int | None = None) -> None:
        """Delete one row."""
        key = model._meta.pk.column
        assert self.spoil(model, f"DELETE FROM {{t}} WHERE {key} = %s", pk or self.one(model)) == 1

    def copy(self, model: type[Model]) -> None:
        """Put in another row like the last one."""
        last = model._default_manager.order_by("-pk")[0].pk
        names = [f'"{item.column}"' for item in model._meta.concrete_fields if not item.primary_key]
        said = ", ".join(names)
        self.spoil(
            model,
            f"INSERT INTO {{t}} (id, {said}) SELECT %s, {said} FROM {{t}} WHERE id = %s",
            last + 1_000,
            last,
        )

    def swap(self, model: type[Model], column: str) -> None:
        """Exchange a column of two rows as it lies there."""
        one, other = model._default_manager.order_by("pk").values_list("pk", flat=True)[:2]
        with connections["default"].cursor() as cursor:
            table = model._meta.db_table
            cursor.execute(
                f"SELECT {column} FROM {table} WHERE {model._meta.pk.column} IN (%s, %s) ORDER BY 1",
                [one, other],
            )
            first, second = (row[0] for row in cursor.fetchall())
            cursor.execute(f"SELECT {column} FROM {table} WHERE {model._meta.pk.column} = %s", [one])
            (held,) = cursor.fetchone()
        moved = second if bytes(held) == bytes(first) else first
        self.set(model, column, None if model._meta.get_field(column).null else b"", one)
        self.set(model, column, held, other)
        self.set(model, column, moved, one)


def rename(change: Any, woman: Person, name: str) -> None:
    """What the system itself does: the row, and its line."""
    Person.objects.filter(pk=woman.pk).update(name=name)
    change.updated(Person, [(woman.pk, {"name": woman.name}, {"name": name})])
    woman.name = name


def made_today(scene: Scene) -> int:
    """A row that the system itself has made since the last digest."""
    with permitted(SystemViewer(), Action.ENTER, "incomes") as change:
        made = Income.objects.create(
            filed_by=scene.world.regions["涪陵区"],
            person=scene.world.people["here"][1],
            month=date(2023, 3, 1),
            kind="handicraft",
            amount=100,
            state=State.DRAFT,
        )
        change.created(Income, [made.pk])
    return int(made.pk)


Way = Callable[[Scene], None]
WAYS: dict[str, tuple[Way, str, str]] = {}
"""What is done → how, the code of what is found, and what its sentence or place must say."""


def way(code: str, said: str) -> Callable[[Way], Way]:
    """Declare a way of tampering."""

    def declare(function: Way) -> Way:
        WAYS[function.__name__.strip("_")] = (function, code, said)
        return function

    return declare


def plain(name: str, said: str, do: Way) -> None:
    """A way that one line tells."""
    WAYS[name] = (do, "rows_differ", said)


# --- facts and persons ------------------------------------------------------------------------------------------------

plain(
    "drafts_approved",
    "状态",
    lambda s: _all(s, Enrolment, "UPDATE {t} SET state = 'approved' WHERE state = 'draft'"),
)
plain("incomes_multiplied", "金额", lambda s: _all(s, Income, "UPDATE {t} SET amount = amount * 10"))
plain("names_changed", "姓名", lambda s: s.set(Person, "name", "张冒名"))
plain("ciphertexts_swapped", "身份证号", lambda s: s.swap(Person, "id_number"))
plain("ciphertext_broken", "解不开", lambda s: s.set(Person, "phone", b"\x01\x01" + bytes(40)))
plain("numbers_hashes_swapped", "按号码查到的不是本人（身份证号", lambda s: s.swap(Person, "id_hash"))
plain("number_not_found_any_more", "按号码查到的不是本人（身份证号", lambda s: s.set(Person, "id_hash", None))
plain(
    "likeness_of_a_number",
    "按号码查到的不是本人（身份证号",
    lambda s: s.set(Person, "id_core", b"\x01\x01" + bytes(32)),
)
plain(
    "telephone_found_at_another",
    "按号码查到的不是本人（联系电话",
    lambda s: s.set(Person, "phone_hash", keyring().blind("139", "person.phone")),
)
plain("certificate_hash_nulled", "按号码查到的不是本人", lambda s: s.set(Certificate, "number_hash", None))
plain("county_of_a_person", "户籍", lambda s: s.set(Person, "hukou_id", s.world.regions["万州区"].pk))
plain("birth_date", "出生", lambda s: s.set(Person, "birth_date", date(1999, 1, 1)))
plain(
    "certificate_county", "残疾人证", lambda s: s.set(Certificate, "county_id", s.world.regions["万州区"].pk)
)
plain(
    "certificate_grade",
    "等级",
    lambda s: s.set(Certificate, "grade", "1", s.world.people["here"][1].certificates.get().pk),
)
plain("certificate_numbers_swapped", "残疾人证", lambda s: s.swap(Certificate, "number"))
plain("certificate_prolonged", "残疾人证", lambda s: s.set(Certificate, "expires_on", date(2050, 1, 1)))
plain("fact_deleted", "不见了", lambda s: s.delete(SupportPayment))
plain("fact_inserted", "凭空多出", lambda s: s.copy(TrainingClass))
plain("enrolment_result", "参训记录", lambda s: s.set(Enrolment, "result", "dropped"))
plain("job_employer", "就业记录", lambda s: s.set(Employment, "employer", "别处"))
plain("care_ended", "托养", lambda s: s.set(CareService, "ends", date(2023, 7, 1)))
plain("payment_of_a_base", "基地扶持", lambda s: s.set(SupportPayment, "amount", 9))
plain("baserenamed", "基地", lambda s: s.set(Base, "name", "冒名基地"))
plain("class_cost", "培训班", lambda s: s.set(TrainingClass, "cost", 1))
plain("attendance_marked", "考勤", lambda s: s.set(Attendance, "present", False))
plain("status_category", "身份状态", lambda s: s.set(Status, "category", "poor"))
plain("household_moved", "家庭户", lambda s: s.delete(HouseholdMember))
plain("tie_inserted", "服务关系", lambda s: s.set(Tie, "region_id", s.world.regions["黔江区"].pk))
plain("document_bytes_swapped", "材料内容", lambda s: s.swap(Content, "whole"))
plain("document_bytes_broken", "解不开", lambda s: s.set(Content, "whole", b"\x01\x01" + bytes(60)))
plain("document_hash", "佐证材料", lambda s: s.set(Document, "sha256", "f" * 64))
plain("upload_deleted", "不见了", lambda s: _deleted_upload(s))
plain("region_moved", "区域", lambda s: s.set(Region, "name", "冒名区"))

# --- accounts, rights, rules --------------------------------------------------------------------------------------------

plain("role_raised", "角色", lambda s: s.set(User, "role", "approver", s.world.users["clerk"].pk))
plain("superuser", "账号", lambda s: s.set(User, "is_superuser", True, s.world.users["clerk"].pk))
plain("password_changed", "密码", lambda s: s.set(User, "password", "x", s.world.users["clerk"].pk))
plain("account_opened_again", "账号", lambda s: s.set(User, "is_active", False))
plain("second_factor_removed", "不见了", lambda s: s.delete(SecondFactor))
plain(
    "second_factor_replaced",
    "第二重验证",
    lambda s: s.set(SecondFactor, "secret", keyring().encrypt("mine", "second_factor.secret")),
)
plain("agency_moved", "机构", lambda s: s.set(Agency, "region_id", s.world.regions["万州区"].pk))
plain("agreement_prolonged", "协议", lambda s: s.set(Agreement, "ends", date(2050, 1, 1)))
plain("grant_answered", "授权", lambda s: s.set(Grant, "answer", "confirmed"))
plain(
    "key_prolonged",
    "接口密钥",
    lambda s: s.set(AccessKey, "expires_at", timezone.now() + timedelta(days=3650)),
)
plain("key_rights", "接口密钥", lambda s: s.set(AccessKey, "reveals", True))
plain("target_changed", "任务", lambda s: s.set(Target, "value", 1))
plain("target_version", "任务版本", lambda s: s.set(TargetVersion, "reason", "改"))
plain("notice_switched_off", "通知启用", lambda s: s.set(NoticeInForce, "ends", date(2020, 1, 1)))
plain("ruling_reworded", "口径", lambda s: s.set(Ruling, "text", "不算"))
plain("approval_rule_removed", "不见了", lambda s: s.delete(ApprovalRule))
plain(
    "proposal_reworded",
    "待审核的修改",
    lambda s: s.set(Proposal, "after", journal.seal(Person, {"name": "赵某"})),
)
plain("batch_undone", "批次", lambda s: s.set(Batch, "stage", "undone"))
plain("witness_deleted_with_row", "写入凭据", lambda s: s.delete(Witness))

# --- the journal ----------------------------------------------------------------------------------------------------------


@way("rows_differ", "变更")
def _journal_line_deleted(scene: Scene) -> None:
    scene.delete(Change)


@way("rows_differ", "变更")
def _journal_line_edited(scene: Scene) -> None:
    scene.set(Change, "actor", "somebody")


@way("rows_differ", "解不开（after、before")
def _change_with_a_line_of_ones_own(scene: Scene) -> None:
    """Who copies a line and puts it beside her change has no key to mark it with, nor to bind what it says to it."""
    scene.copy(Change)
    scene.set(Person, "name", "李再改")


@way("rows_differ", "姓名")
def _old_value_put_back(scene: Scene) -> None:
    woman = scene.world.people["here"][0]
    was = woman.name
    with permitted(SystemViewer(), Action.APPROVE, "persons", purpose="改名") as change:
        rename(change, woman, "李又改")
    scene.set(Person, "name", was, woman.pk)


@way("rows_differ", "")
def _row_edited_on_the_day_it_was_made(scene: Scene) -> None:
    made = made_today(scene)
    scene.set(Income, "amount", 100_000, made)


@way("rows_differ", "不见了")
def _row_deleted_on_the_day_it_was_made(scene: Scene) -> None:
    scene.delete(Income, made_today(scene))


@way("rows_differ", "不见了")
def _account_deleted_on_the_day_it_was_made(scene: Scene) -> None:
    made = Agreement.objects.create(
        agency=Agency.objects.order_by("pk")[0], number="一", begins=date(2023, 1, 1)
    )
    scene.delete(Agreement, made.pk)


@way("journal_cut", "变更")
def _days_journal_rolled_back_with_its_row(scene: Scene) -> None:
    """Both are as last night: only the head beside the keys knows of the act."""
    woman = scene.world.people["here"][0]
    was = woman.name
    with permitted(SystemViewer(), Action.APPROVE, "persons", purpose="改名") as change:
        rename(change, woman, "李又改")
    sealing.seal()
    scene.set(Person, "name", was, woman.pk)
    scene.delete(Change, Change.objects.latest("pk").pk)


# --- the digest itself ------------------------------------------------------------------------------------------------------


@way("digest_altered", "第 1 号")
def _digest_edited(scene: Scene) -> None:
    scene.set(Digest, "at", timezone.now())


@way("digest_cut", "第 2 号")
def _last_digest_deleted(scene: Scene) -> None:
    services.make()
    scene.delete(Digest, 2)


@way("digest_removed", "第 2 号")
def _digest_deleted(scene: Scene) -> None:
    services.make()
    services.make()
    scene.delete(Digest, 2)


@way("rows_differ", "摘要被动过")
def _block_deleted(scene: Scene) -> None:
    scene.spoil(HashBlock, "DELETE FROM {t} WHERE model = 'people.Person'")


@way("rows_differ", "摘要被动过")
def _block_edited(scene: Scene) -> None:
    scene.spoil(
        HashBlock, "UPDATE {t} SET content = %s WHERE model = 'people.Person'", b"\x01\x01" + bytes(60)
    )


@way("rows_differ", "摘要被动过")
def _older_block_put_back(scene: Scene) -> None:
    woman = scene.world.people["here"][0]
    old = next(row for row in rows_of(HashBlock) if "people.Person" in row)
    with permitted(SystemViewer(), Action.APPROVE, "persons", purpose="改名") as change:
        rename(change, woman, "李又改")
    services.make()
    scene.spoil(HashBlock, "DELETE FROM {t} WHERE model = 'people.Person'")
    _put(HashBlock, [old])


@way("digest_cut", "第 2 号")
def _whole_database_as_two_nights_ago(scene: Scene) -> None:
    """Rows, journal, digest, all of one age: the heads beside the keys are younger."""
    tables = (Person, Change, Witness, Digest, HashBlock)
    kept = {model: rows_of(model) for model in tables}
    woman = scene.world.people["here"][0]
    with permitted(SystemViewer(), Action.APPROVE, "persons", purpose="改名") as change:
        rename(change, woman, "李又改")
    services.make()
    scene.set(Person, "name", "李更名", woman.pk)
    for model in tables[1:]:
        scene.spoil(model, "DELETE FROM {t}")
        _put(model, kept[model])


@way("digest_head_missing", "digest-head.json")
def _digest_head_deleted(scene: Scene) -> None:
    (Path(settings.HOME) / "digest-head.json").unlink()


@way("digest_head_old", "第 1 号")
def _older_digest_head_put_back(scene: Scene) -> None:
    path = Path(settings.HOME) / "digest-head.json"
    old = path.read_text()
    services.make()
    path.write_text(old)


@way("journal_head_altered", "journal-head.json")
def _journal_head_edited(scene: Scene) -> None:
    path = Path(settings.HOME) / "journal-head.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "log": ""}))


@way("journal_head_missing", "journal-head.json")
def _journal_head_deleted(scene: Scene) -> None:
    (Path(settings.HOME) / "journal-head.json").unlink()


# --- the access log ---------------------------------------------------------------------------------------------------------


def _past_the_guards(scene: Scene, *statements: str) -> None:
    """Take the guards away, do it, and put them back: as whoever owns the tables can."""
    database = connections[router.db_for_write(AccessEntry)]
    triggers.lift(database)
    for statement in statements:
        scene.spoil(AccessEntry, statement)
    triggers.set_up(database)


@way("log_line_altered", "访问日志")
def _log_line_edited(scene: Scene) -> None:
    _past_the_guards(scene, "UPDATE {t} SET subject = 'x' WHERE id = (SELECT MIN(id) FROM {t})")


@way("log_line_removed", "访问日志")
def _log_line_deleted(scene: Scene) -> None:
    _past_the_guards(scene, "DELETE FROM {t} WHERE id = (SELECT MIN(id) FROM {t})")


@way("log_cut", "访问日志")
def _log_seals_deleted(scene: Scene) -> None:
    _past_the_guards(scene, "DELETE FROM accounts_accessseal")


@way("log_emptied", "访问日志")
def _log_emptied_with_its_seals_and_head(scene: Scene) -> None:
    _past_the_guards(
        scene, "DELETE FROM {t}", "DELETE FROM accounts_accessseal", "DELETE FROM accounts_accessopen"
    )
    (Path(settings.HOME) / "log-head.json").unlink()


@way("log_head_missing", "log-head.json")
def _log_head_deleted(scene: Scene) -> None:
    (Path(settings.HOME) / "log-head.json").unlink()
    SystemViewer().note(Action.SEE, "persons")
    sealing.seal()


@way("log_unguarded", "保护")
def _guards_dropped(scene: Scene) -> None:
    triggers.lift(connections[router.db_for_write(AccessEntry)])


# --- totals and keys --------------------------------------------------------------------------------------------------------


@way("totals", "累计")
def _kept_totals(scene: Scene) -> None:
    _all(scene, Tally, "UPDATE {t} SET number = number + 5")


def _all(scene: Scene, model: type[Model], statement: str) -> None:
    assert scene.spoil(model, statement) >= 1


def _deleted_upload(scene: Scene) -> None:
    pk = scene.one(Upload)
    scene.spoil(Upload, "DELETE FROM intake_part WHERE upload_id = %s", pk)
    scene.spoil(Upload, "DELETE FROM intake_waiting WHERE upload_id = %s", pk)
    scene.delete(Upload, pk)


def rows_of(model: type[Model]) -> list[tuple[Any, ...]]:
    with connections[router.db_for_write(model)].cursor() as cursor:
        cursor.execute(f"SELECT {_columns(model)} FROM {model._meta.db_table}")
        return list(cursor.fetchall())


def _put(model: type[Model], rows: list[tuple[Any, ...]]) -> None:
    marks = ", ".join(["%s"] * len(model._meta.concrete_fields))
    with connections[router.db_for_write(model)].cursor() as cursor:
        cursor.executemany(f"INSERT INTO {model._meta.db_table} ({_columns(model)}) VALUES ({marks})", rows)


def _columns(model: type[Model]) -> str:
    return ", ".join(f'"{item.column}"' for item in model._meta.concrete_fields)
