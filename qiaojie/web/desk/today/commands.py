"""Where one may go and what one may begin, by its name: pages, reviews, tables to fill, forms, ledgers. No statement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import declaration
from qiaojie.ledgers.viewer import Action
from qiaojie.lib import pinyin
from qiaojie.lib.cells import Label
from qiaojie.notices.schema import Notice
from qiaojie.web.components import handbook
from qiaojie.web.components.tags import PLACES, labels
from qiaojie.web.desk.shared import table_choices


@dataclass(frozen=True, slots=True)
class Answer:
    """Something found that is no person: what it is called, where it is, and of which kind."""

    label: Label
    address: str
    kind: Label


def fits(label: str, text: str) -> bool:
    """Whether a text stands in a label, or is typed as the pinyin of a part of it."""
    letters = pinyin.typed(text)
    return text.casefold() in label.casefold() or (bool(letters) and pinyin.has(label, letters))


def commands(viewer: UserViewer, notices: list[Notice], text: str) -> Iterator[Answer]:
    """What of all that fits the text, within what the viewer may do; ``notices`` are those that concern her."""
    return (one for one in _every(viewer, notices) if fits(str(one.label), text))


def _every(viewer: UserViewer, notices: list[Notice]) -> Iterator[Answer]:
    names = labels()
    for name, _begins, action in PLACES:
        if action is None or viewer.may(action):
            yield Answer(names[name], reverse(name), _("页面"))
    for action, label, name in _pages():
        if action is None or viewer.may(action):
            yield Answer(label, reverse(name), _("页面"))
    yield from _tasks(viewer)
    for ledger in declaration.every():
        yield Answer(ledger.label, reverse("ledger", args=[ledger.code]), _("台账"))
        if ledger.approved and viewer.may(Action.APPROVE):
            yield Answer(_("审核%s") % ledger.label, reverse("review", args=[ledger.code]), _("办事"))
    if viewer.may(Action.ENTER):
        for one in table_choices.enterable(viewer):
            yield Answer(_("登记一条：%s") % one.title, reverse("enter", args=one.place), _("办事"))
    for notice in notices:
        yield Answer(notice.title, reverse("notice", args=[notice.code]), _("通知"))
        if viewer.may(Action.COUNT):
            for table in notice.tables:
                yield Answer(table.called, reverse("form", args=[notice.code, table.code]), _("报表"))


def _tasks(viewer: UserViewer) -> Iterator[Answer]:
    for task in handbook.every():
        if task.concerns(viewer.user.role):
            yield Answer(task.text.title, reverse("handbook-task", args=[task.code]), _("怎么办"))


def _pages() -> tuple[tuple[Action | None, str, str], ...]:
    """Pages that the main navigation does not name: what one must be allowed to do, what it is called, its url name."""
    return (
        (Action.ENTER, _("导入表格"), "receive"),
        (Action.ENTER, _("待认定"), "waiting"),
        (Action.ENTER, _("工作交接"), "hand-over"),
        (Action.ENTER, _("疑似同一人"), "doubts"),
        (Action.ENTER, _("认定家庭户"), "household-proposals"),
        (Action.COUNT, _("临时要数"), "asking"),
        (Action.COUNT, _("迁出迁入"), "relocations"),
        (Action.COUNT, _("待确认的登记"), "unconfirmed"),
        (Action.COUNT, _("审核规则"), "approval"),
        (Action.COUNT, _("代码表"), "code-lists"),
        (Action.ADMINISTER, _("代码表"), "code-lists"),
        (Action.COUNT, _("统计归属争议"), "disputes"),
        (Action.COUNT, _("外部系统"), "systems"),
        (None, _("经办手册"), "handbook"),
        (None, _("我导出的文件"), "exports"),
        (None, _("我的账号和密码"), "own-account"),
    )
