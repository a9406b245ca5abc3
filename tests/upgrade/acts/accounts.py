"""Acts about accounts: agencies, roles asked for and answered, passwords, keys of programs, posts that change hands."""

from __future__ import annotations

import re

import pyotp

from ..desk import PASSWORD, Desk, hidden, latest, one, sign_in

CHANGED = "Renewed-2026-word"
"""A password that somebody chose in place of the first one."""


def accounts() -> None:
    """Agencies, accounts that were asked for, confirmed, refused and closed, passwords, second factors, failures."""
    admin, security = Desk("admin"), Desk("security")
    admin.do("/accounts/contact/", {"name": "卫某", "office": "就业科", "telephone": "023-00000000"})
    admin.do("/agencies/", {"region": "500230", "line": "trainer", "name": "丰都职业培训学校"})
    agency = latest("accounts.Agency")
    admin.do(
        f"/agencies/{agency}/agree/", {"number": "丰残协2023-2", "since": "2023-01-01", "until": "2027-12-31"}
    )
    admin.do(f"/agencies/{agency}/rename/", {"name": "丰都技工学校", "since": "2025-09-01"})
    for county, key in (("fengdu", "500230"), ("fuling", "500102"), ("nanchuan", "500119")):
        office = latest("accounts.Agency", region__key=key, line="dpf")
        newcomer(admin, security, f"{county}-second", office, "clerk")
    office = latest("accounts.Agency", region__key="500230", line="women")
    for name, answer in (("refused", "refuse"), ("waiting", ""), ("closed", "")):
        _open(admin, f"fengdu-{name}", office, f"{name}岗", "approver")
        if answer:
            security.do(f"/grants/{latest('accounts.Grant')}/answer/", {"answer": answer})
    closed = one("accounts.User", username="fengdu-closed").pk
    admin.do(f"/accounts/{closed}/close/", {"reason": "调离"})
    admin.do("/agencies/", {"region": "500230", "line": "base", "name": "丰都停办基地"})
    gone = latest("accounts.Agency")
    admin.do(f"/agencies/{gone}/close/", {"since": "2024-06-30", "reason": "停办"})
    for _ in range(2):
        sign_in("fengdu-leader", "wrong", 422)
    sign_in("fengdu-inspector", PASSWORD)
    approver = Desk("fengdu-approver")
    page = approver.see("/account/codes/")
    signed = hidden(page, "secret")
    code = pyotp.TOTP(signed.split(":")[0]).now()
    approver.do("/account/codes/", {"secret": signed, "code": code, "name": "手机"})


def newcomer(admin: Desk, security: Desk, username: str, agency: int, role: str) -> None:
    """An account that was opened, confirmed, and has chosen a password of its own."""
    first = _open(admin, username, agency, {"clerk": "经办", "approver": "审核"}[role], role)
    grant = f"/grants/{latest('accounts.Grant')}/answer/"
    page = security.do(grant, {"answer": "confirm"}, (200,)).content.decode()
    code = re.search(r">(\d{4} \d{4})<", page)
    assert code is not None
    client = sign_in(username, first)
    assert client.post("/sign-in/second/", {"code": code[1]}).status_code == 302
    given = {"current": first, "new": CHANGED, "again": CHANGED}
    assert client.post("/account/password/", given).status_code == 302


def _open(admin: Desk, username: str, agency: int, title: str, role: str) -> str:
    given = {
        "username": username,
        "holder": f"秦{username[-4:]}",
        "agency": agency,
        "title": title,
        "role": role,
    }
    page = admin.do("/accounts/new/", {**given, "reason": "新到岗"}, (200,)).content.decode()
    found = re.search(r'class="mono">([^<]{19})<', page)
    assert found is not None
    return found[1]


def backups() -> None:
    """A backup that a button asked for, made by a worker."""
    from qiaojie.cli.main import main as command

    Desk("admin").do("/backups/make/", {})
    assert command(["worker", "--once"]) == 0


def keys_of_programs() -> None:
    """A key that waits for confirmation, and one that was ended."""
    clerk = Desk("fuling-clerk")
    for name in ("培训系统", "旧系统"):
        key_for(clerk, name)
    clerk.do(f"/access-keys/{latest('accounts.AccessKey')}/end/")


def key_for(clerk: Desk, name: str) -> str:
    """A new key of an account, in words."""
    given = {
        "name": name,
        "purpose": "每日对账",
        "ledger": ["enrolments", "persons"],
        "hands_in": "1",
        "reveals": "1",
        "days": "90",
        "password": PASSWORD,
    }
    page = clerk.do("/account/access-keys/", given, (200,)).content.decode()
    found = re.search(r"qj_[a-z0-9]{12}_[A-Za-z0-9_-]{43}", page)
    assert found is not None
    return found[0]


def handing_over() -> None:
    """A packet that was taken, one that was withdrawn, one that waits."""
    for county in ("nanchuan", "fengdu", "fuling"):
        given = {
            "successor": f"{county}-second",
            "password": PASSWORD,
            "promise_what": "补交签到表",
            "promise_to": "市残联",
            "promise_by": "2026-12-15",
            "box_where": "档案室三号柜",
            "box_what": "2023年结业证存根",
            "box_number": "2盒",
        }
        Desk(f"{county}-clerk").do("/hand-over/", given)
        packet = latest("accounts.Packet")
        if county == "nanchuan":
            Desk("nanchuan-second").do(f"/hand-over/{packet}/take/", {"password": CHANGED})
        elif county == "fengdu":
            Desk("fengdu-clerk").do(f"/hand-over/{packet}/withdraw/")
