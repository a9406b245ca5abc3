"""Acts about files and rows handed in: written, undone, put aside, asked about, done by workers, sent by a program, typed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.test import Client

from qiaojie.cli.main import main as command

from ..desk import Desk, hidden, keys, latest, one
from ..files import ODD, identity, roster, woman
from ..world import WORKSHOPS
from .accounts import key_for

ROSTER = "chongqing-work-2023/roster"
HELP = "chongqing-bases-2020/help-handicraft"

TARGETS = (
    "", "person.name", "person.sex", "person.id_number", "person.certificate", "person.hukou", "person.phone",
    "class.title", "class.begins", "class.ends", "result", "remark",
)  # fmt: skip
"""What the columns of an odd header are."""


def uploads(town: str) -> None:
    """Files that were written, undone, put aside, decided about, explained, read by other columns, handed in from outside."""
    clerk = Desk("fengdu-clerk")
    first = roster(woman(n, "丰都编织一班", town) for n in range(5))
    clerk.commit(clerk.hand_in("一班.csv", first, ROSTER, purpose="一班"))
    undone = clerk.hand_in("二班.csv", roster(woman(n, "丰都编织二班", town) for n in (1, 5, 6)), ROSTER)
    clerk.commit(undone)
    clerk.do(f"/intake/{undone}/undo/", {"sure": "1"})
    clerk.do(
        f"/intake/{clerk.hand_in('三班.csv', roster([woman(7, '丰都编织三班', town)]), ROSTER)}/discard/"
    )
    wrong = [woman(8, "丰都编织四班", town), woman(9, "丰都编织四班", town, 身份证号=identity(9)[:17] + "A")]
    planned = clerk.hand_in("四班.csv", roster(wrong), ROSTER, purpose="待核对")
    clerk.do(f"/intake/{planned}/decide/", {"row": "3", "word": "leave_out"})
    clerk.do(f"/intake/{planned}/reason/", {"code": "id_checksum", "reason": "原件上就是这样", "row": "3"})
    clerk.do(f"/intake/{planned}/reason/", {"code": "id_checksum", "reason": "已向派出所核实"})
    for number, header in ((10, ODD), (11, ("号", *ODD[1:]))):
        odd = clerk.hand_in(
            f"五班{number}.csv", roster([woman(number, "丰都编织五班", town)], header), ROSTER
        )
        _columns(clerk, odd)
    clerk.commit(odd)
    clerk.do(f"/intake/columns/{latest('intake.HeaderMapping')}/revoke/", {"upload": odd})
    trainer = Desk("fuling-trainer")
    trainer.hand_in("学校名册.csv", roster([woman(12, "涪陵家政班", "")]), ROSTER)


def _columns(clerk: Desk, upload: int) -> None:
    """Say of each column of an odd header what it is."""
    page = clerk.see(f"/intake/{upload}/columns/")
    boxes = list(dict.fromkeys(re.findall(r'name="(c\d+)"', page)))
    assert len(boxes) == len(TARGETS), boxes
    given = {
        name: hidden(page, name) for name in ("sheet", "first", "last") if f'name="{name}" value="' in page
    }
    clerk.do(f"/intake/{upload}/columns/", {**given, **dict(zip(boxes, TARGETS, strict=True))})


def questions(town: str) -> None:
    """Rows without a number: one waits, two were answered and written, one of these answers was revoked."""
    clerk = Desk("fengdu-clerk")
    for number in range(3):
        bare = woman(number, f"丰都刺绣{number}班", town, 身份证号="", 残疾人证号="")
        kept = clerk.hand_in(f"刺绣{number}.csv", roster([bare]), ROSTER)
        assert keys("intake.Waiting", upload=kept), "a row without a number asks"
        if not number:
            continue
        her = latest("people.Person", id_hash__isnull=False, name=bare["姓名"])
        clerk.do(f"/intake/{kept}/decide/", {"row": "2", "word": f"person:{her}"})
        clerk.commit(kept)
    clerk.do(f"/intake/answers/{latest('intake.Answer')}/revoke/")


@contextmanager
def _small_ones_are_big() -> Iterator[None]:
    """Files of more than one row take a worker, as files of thousands do."""
    usual = settings.AT_ONCE_ROWS
    settings.AT_ONCE_ROWS = 1
    try:
        yield
    finally:
        settings.AT_ONCE_ROWS = usual


def _work() -> None:
    assert command(["worker", "--once"]) == 0


def _two(number: int, title: str, town: str) -> bytes:
    return roster(woman(n, title, town) for n in (number, number + 1))


def by_workers(town: str) -> None:
    """Files of which jobs make, keep and write plans: done, cancelled, failed, waiting."""
    clerk = Desk("fengdu-clerk")
    with _small_ones_are_big():
        kept: dict[str, int] = {}
        for number, name in ((20, "写入"), (22, "留计划"), (24, "过时")):
            kept[name] = clerk.hand_in(f"{name}.csv", _two(number, f"丰都{name}班", town), ROSTER)
            _work()
        clerk.commit(kept["写入"])
        _work()
        clerk.do(f"/intake/{kept['过时']}/commit/", {"seal": "0" * 64})
        _work()
        clerk.do(f"/intake/{kept['留计划']}/marked.xlsx", {"purpose": "退回核对"})
        _work()
        for number, cancelled in ((26, True), (28, False)):
            waits = clerk.hand_in(f"排队{number}.csv", _two(number, "丰都排队班", town), ROSTER)
            if cancelled:
                clerk.do(f"/intake/{waits}/cancel/")


def programs() -> None:
    """Rows that a program hands in with a confirmed key."""
    token = key_for(Desk("fengdu-clerk"), "区县平台")
    Desk("security").do(f"/access-keys/{latest('accounts.AccessKey')}/confirm/")
    row = {
        "person.name": "李桂兰",
        "person.id_number": identity(30),
        "person.certificate": f"{identity(30)}43",
        "class.title": "丰都接口班",
        "class.begins": "2023-07-01",
        "class.ends": "2023-07-20",
        "result": True,
    }
    told = Client().post(
        f"/api/v1/tables/{ROSTER}/plans",
        json.dumps({"rows": [row], "purpose": "每日报送"}),
        content_type="application/json",
        headers={"authorization": f"Bearer {token}", "idempotency-key": "2026-11-30/1"},
    )
    assert told.status_code == 201, told.content.decode()


def entering() -> None:
    """Help that a workshop gave, row by row; rows changed with a reason; two drafts."""
    clerk = Desk("shizhu-clerk")
    weavers = keys("people.Person", employments__employer=WORKSHOPS[0][2])
    for number, person in enumerate((one("people.Person", pk=pk) for pk in weavers), start=1):
        given = {
            "box.person.name": person.name,
            "box.person.phone": person.phone,
            "who": f"person:{person.pk}",
            "box.base.name": WORKSHOPS[0][2],
            "box.base.kind": "workshop",
            "box.dates": f"2020.5.{number}-5.{number + 9}",
            "box.content": "织锦",
            "box.product_income": "0.3",
            "box.woman_kind": "poor",
        }
        clerk.do(f"/intake/enter/{HELP}/", given)
    clerk.do(f"/intake/enter/{HELP}/", {"act": "keep", "box.person.name": "王春", "box.content": "织锦"})
