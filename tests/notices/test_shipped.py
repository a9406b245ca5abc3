"""The notices that come with the product."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from qiaojie.notices.checking import check, report_check

SHIPPED = Path(settings.BASE_DIR) / "notices"


def test_one_finding_and_that_is_acknowledged(tree: None) -> None:
    faults = check([SHIPPED])
    assert [(fault.code, fault.key, fault.acknowledged) for fault in faults] == [
        ("text_differs_from_table", "indicators.care.target_text", True)
    ]
    lines, status = report_check([SHIPPED])
    assert status == 0
    assert "20000" in lines[0] and "20441" in lines[0] and lines[0].startswith("已确认")
