"""More of the table of ``ways``: done before the product itself writes the row, and to what keeps the nights going."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from qiaojie.accounts.models import Agency, Agreement, User
from qiaojie.keys.models import KeyMark
from qiaojie.notices.models import Target
from qiaojie.queue import nightly
from qiaojie.queue.models import Nightly
from tests.digests.ways import Scene, way

# --- rows that are witnessed ------------------------------------------------------------------------------------------------


def _forged(scene: Scene) -> User:
    """An account that nobody made, which signs in and does something on a page."""
    scene.spoil(User, "UPDATE {t} SET post_id = NULL WHERE post_id IS NOT NULL")
    last = User.objects.order_by("-pk")[0].pk
    names = [f'"{one.column}"' for one in User._meta.concrete_fields if one.attname not in ("id", "username")]
    said = ", ".join(names)
    scene.spoil(
        User,
        f"INSERT INTO {{t}} (id, username, {said}) SELECT %s, 'ghost', {said} FROM {{t}} WHERE id = %s",
        last + 1_000,
        last,
    )
    return User.objects.get(username="ghost")


@way("rows_differ", "角色")
def _role_raised_before_the_password_is_changed(scene: Scene) -> None:
    """The page writes the whole row: its witness says what it became, and that it was not what was written last."""
    clerk = scene.world.users["clerk"]
    scene.set(User, "role", "approver", clerk.pk)
    raised = User.objects.get(pk=clerk.pk)
    raised.set_password("another one 4711")
    raised.save()


@way("rows_differ", "角色")
def _role_raised_before_accounts_are_changed_at_once(scene: Scene) -> None:
    scene.set(User, "role", "approver", scene.world.users["clerk"].pk)
    User.objects.update(holder="周改名")


@way("rows_differ", "凭空多出")
def _account_forged_before_it_is_used(scene: Scene) -> None:
    ghost = _forged(scene)
    ghost.set_password("another one 4711")
    ghost.save(update_fields=["password"])


@way("rows_differ", "任务")
def _target_of_before_put_back_between_two_changes(scene: Scene) -> None:
    target = Target.objects.order_by("pk")[0]
    was, target.value = target.value, 30
    target.save()
    scene.set(Target, "value", was)
    Target.objects.filter(pk=target.pk).update(value=40)


@way("rows_differ", "凭空多出")
def _agreement_forged_where_one_was_deleted(scene: Scene) -> None:
    made = Agreement.objects.create(
        agency=Agency.objects.order_by("pk")[0], number="一", begins=date(2023, 1, 1)
    )
    scene.copy(Agreement)
    forged = Agreement.objects.order_by("-pk")[0]
    made.delete()
    Agreement.objects.filter(pk=forged.pk).update(number="二")


# --- keys and nights --------------------------------------------------------------------------------------------------------


@way("keymark_missing", "印记")
def _marks_of_the_keys_deleted(scene: Scene) -> None:
    scene.spoil(KeyMark, "DELETE FROM {t}")


@way("nightly_ahead", "数据核对")
def _night_put_off_for_ever(scene: Scene) -> None:
    nightly.queue_now("digest")
    scene.spoil(Nightly, "UPDATE {t} SET due_at = %s", timezone.now() + timedelta(days=9_000))


@way("nightly_ahead", "数据核对")
def _night_said_to_be_done(scene: Scene) -> None:
    nightly.queue_now("digest")
    scene.spoil(Nightly, "UPDATE {t} SET succeeded_at = %s", timezone.now() + timedelta(days=9_000))
    assert next(one for one in nightly.statuses() if one.name == "digest").late
