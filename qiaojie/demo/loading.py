"""Loading the demo into an empty installation, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts.models import User
from qiaojie.ledgers import journal
from qiaojie.ledgers.models import Batch
from qiaojie.lib.findings import Unusable
from qiaojie.measures import services as measures
from qiaojie.notices import queries as notices
from qiaojie.notices.models import NoticeInForce
from qiaojie.people.models import Person

from . import (
    batches,
    declared,
    evidence,
    filings,
    levels,
    making,
    offices,
    places,
    proofs,
    provinces,
    writing,
)
from .current import keeping, waiting
from .current import making as current_making
from .current import notice as current_notice
from .current.days import Calendar


def loaded() -> bool:
    """Whether the demo's rows are there: its batches say so, undone or not."""
    return Batch.objects.filter(actor=batches.ACTOR, ledger="persons").exists()


def load(scale: float = 1.0) -> Iterator[str]:
    """Load the demo in one transaction; yields what has been done, in Chinese. There is nobody yet who could be permitted.

    What is of the present lies around today; its notice is written among the installation's own, and taken away again
    where loading does not end. Raises Unusable: ``demo_loaded``; ``not_empty`` where the installation has people or
    accounts of its own.
    """
    calendar = Calendar(timezone.localdate())
    with ExitStack() as left, transaction.atomic():
        journal.lock_registry()
        _refuse_unless_empty()
        left.callback(current_notice.remove, current_notice.write(calendar))
        city, units = places.read()
        agencies = offices.open_agencies(city, units)
        offices.open_accounts(city, units, agencies)
        yield _("%(units)d个单位，%(agencies)d个机构") % {"units": len(units), "agencies": len(agencies)}
        counties = places.read_counties(provinces.COUNTIES, provinces.ON)
        world = making.make(units, counties, scale)
        now, works = current_making.make(world, units, calendar)
        persons = writing.write(world, agencies)
        evidence.keep(units)
        proofs.keep(units)
        declared.keep(units)
        keeping.keep(works, writing.write_records(now, persons, agencies), calendar)
        yield _(
            "%(people)d名虚构服务对象：%(classes)d个培训班，参训%(trainees)d条，就业%(jobs)d条，托养%(care)d条"
        ) % {
            "people": len(world.people),
            "classes": len(world.courses) + len(now.courses),
            "trainees": sum(len(course.trainees) for course in world.courses),
            "jobs": len(world.jobs),
            "care": len(world.cares),
        }
        filings.write()
        present = notices.notice(calendar.code)
        current_notice.file(present, calendar)
        NoticeInForce.objects.bulk_create(
            NoticeInForce(notice=notice.code, begins=notice.span.begins, by=batches.ACTOR)
            for notice in notices.every()
        )
        # The totals that were kept of an empty registry are of no use.
        for notice in notices.every():
            measures.recount(notice, force=True)
            measures.count_year_before(notice, force=True)
        levels.decide()
        waiting.leave(works, present, persons, calendar)
        yield _("指标已计数")
        left.pop_all()


def accounts() -> list[str]:
    """Lines that tell the demo's accounts; none where the demo is not loaded."""
    return offices.lines() if loaded() else []


def _refuse_unless_empty() -> None:
    if loaded():
        raise Unusable("demo_loaded", _("演示数据已经载入过。"))
    if Person.objects.exists() or User.objects.exists():
        raise Unusable("not_empty", _("系统里已有数据或账号，演示数据只能载入新装的系统。"))
