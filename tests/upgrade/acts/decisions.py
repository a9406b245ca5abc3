"""Acts by which offices decide: targets, rulings, rankings, who answers for whom, what was sent."""

from __future__ import annotations

from qiaojie.notices import queries as notices

from ..desk import Desk, keys, latest, one, region

WORK = "chongqing-work-2023"


def decisions() -> None:
    """Targets adjusted, added to, split by hand and by need; rulings, one in the place of another; rankings, one revoked."""
    city, county = Desk("city-approver"), Desk("fengdu-approver")
    unit, root = region("500230"), region("500000")
    at = f"/notices/{WORK}/vocational_training"
    given = {
        "region": root,
        "unit": unit,
        "value": "150",
        "kind": "adjusted",
        "document": "渝残联发〔2023〕40号",
    }
    city.do(f"{at}/set/", {**given, "reason": "年中调整"})
    county.do(f"{at}/set/", {"region": unit, "value": "160", "reason": "自加"})
    for indicator, method in (
        ("vocational_training", "equal"),
        ("care", "hand"),
        ("practical_training", "need"),
    ):
        first, *others = keys("regions.Region", parent=unit)
        held = notices.held(notices.notice(WORK), unit)[indicator]
        parts = {f"part-{first}": str(held), **{f"part-{town}": "0" for town in others}}
        county.do(
            f"/notices/{WORK}/{indicator}/split/",
            {"region": unit, "method": method, "reason": "分到乡镇", **parts},
        )
    said = {"on": "2023-05-10", "office": "市残联", "question": "跨年的班怎么算？", "asked_by": "丰都县残联"}
    city.do(f"{at}/rule/", {**said, "text": "按最后一天。"})
    city.do(
        f"{at}/rule/", {**said, "text": "按最后一天，补训的除外。", "supersedes": latest("notices.Ruling")}
    )
    for indicator in ("vocational_training", "care"):
        city.do(f"/board/{WORK}/{indicator}/ranking/", {"on": "2023-11-30", "reason": "通报"})
    city.do(f"/board/{WORK}/care/ranking/", {"revoke": "1"})
    city.do(f"/board/{WORK}/year-before/", {"on": "2023-11-30"})


def disputes() -> None:
    """A claim raised anew and taken back, and somebody given over unasked; the others the world began with."""
    clerk, approver = Desk("fengdu-clerk"), Desk("fengdu-approver")
    kept = one("measures.Dispute", answer="kept")
    given = {"person": kept.person_id, "unit": kept.claimant_id, "reason": "补充了材料"}
    clerk.do(f"/disputes/{WORK}/care/", given)
    clerk.do(f"/disputes/{latest('measures.Dispute')}/withdraw/")
    counted = {"measure__notice": WORK, "measure__indicator": "vocational_training", "part": "approved"}
    line = one("measures.Counted", unit_id=region("500230"), **counted)
    given = {"person": line.key, "to": "涪陵区", "reason": "证在涪陵"}
    approver.do(f"/disputes/{WORK}/vocational_training/give/", given)


def duties() -> None:
    """A report registered by a county, and one taken back."""
    clerk = Desk("fengdu-clerk")
    unit, like = region("500230"), one("notices.Filing", notice=WORK, duty="year")
    at = f"/duties/{WORK}/year/{like.due.isoformat()}/sent/"
    clerk.do(at, {"unit": [unit], "sent_on": "2023-12-08", "how": "盖章扫描件"})
    clerk.do(f"/duties/filings/{latest('notices.Filing')}/revoke/")
    clerk.do(at, {"unit": [unit], "sent_on": "2023-12-09", "how": "纸质"})


def in_force() -> None:
    """A notice with another first day, one switched off, and one on again."""
    desk = Desk("admin")
    desk.do(f"/notices/{WORK}/in-force/", {"switch": "on", "begins": "2023-01-01"})
    desk.do("/notices/chongqing-bases-2020/in-force/", {"switch": "on", "begins": "2020-01-01"})
    desk.do("/notices/chongqing-bases-2020/in-force/", {"switch": "off"})
    desk.do(
        "/notices/chongqing-bases-2020/in-force/",
        {"switch": "on", "begins": "2018-01-01", "ends": "2030-12-31"},
    )


def own_words() -> None:
    """Words that a county added to a list: one that goes on, one that has ended."""
    desk = Desk("fengdu-clerk")
    given = {"parent": "embroidery", "reason": "县里一直这样分"}
    desk.do("/code-lists/crafts/", {**given, "label": "丰都麻绣", "also": "麻绣"})
    desk.do("/code-lists/crafts/", {**given, "label": "丰都挑花", "begins": "2022-01-01"})
    desk.do(
        f"/code-lists/words/{latest('codes.CountyWord')}/end/", {"last": "2023-12-31", "reason": "并入刺绣"}
    )
