"""Two records found to be one woman, and found to be two again."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qiaojie.ledgers import journal, undoing
from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.models import Batch, Change
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.findings import Unusable

from .models import Person, Tie
from .queries import known_to
from .services import tie


def merge(person: int, into: int, viewer: Viewer, purpose: str) -> Batch:
    """Note that ``person`` is the same woman as ``into``: her record points there, as do those found to be hers, and keeps
    its own rows; whoever sees it sees the kept one. The batch can be undone (``unmerge``).

    Raises Refused where the role may not approve or either may not be seen; Unusable ``reason_missing``, ``merge_self``,
    ``merge_done`` (one of them was found to be somebody's already), ``merge_direction`` (the kept one must be she who has
    an identity number).
    """
    permit = permitted(viewer, Action.APPROVE, f"persons/{person}/merge")
    seen = Person.objects.filter(known_to(viewer), pk__in=[person, into]).count()
    permit.refuse_unless(seen == len({person, into}))
    if not purpose.strip():
        raise Unusable("reason_missing", _("请写明理由。"))
    if person == into:
        raise Unusable("merge_self", _("这是同一条登记，没有可合并的。"))
    with permit.because(purpose.strip()) as change:
        held = Person.objects.in_bulk([person, into])
        if any(one.canonical_id is not None for one in held.values()):
            raise Unusable("merge_done", _("其中一条登记已经合并过了，请刷新后再看。"))
        if held[person].id_hash is not None and held[into].id_hash is None:
            raise Unusable("merge_direction", _("请反过来合并：保留有身份证号的那一条。"))
        counties = Tie.objects.filter(viewer.scope("region"), person__in=[into, person]).order_by("pk")
        county = next((one.region_id for one in counties), None)
        batch = change.begin_batch("persons", county, purpose.strip())
        records = [person, *Person.objects.filter(canonical=person).values_list("pk", flat=True)]
        # Who was found to be her before counts under her own key until now, and no row of hers says so afterwards.
        change.delete_soon({Person._meta.label: [*records, into]})
        Person.objects.filter(pk__in=records).update(canonical=into)
        before = {one: {"canonical_id": None if one == person else person} for one in records}
        change.updated(Person, ((one, before[one], {"canonical_id": into}) for one in records))
        ties: list[int] = []
        for region in Tie.objects.filter(person=person).values_list("region_id", flat=True):
            ties += tie([into], region, actor=viewer.name, batch=batch)
        change.touch({Person._meta.label: [into], Tie._meta.label: ties})
        change.note(rows=len(records))
    return batch


def unmerge(person: int, viewer: Viewer) -> Batch:
    """Take back that a record was found to be another's: what stood before the merge stands again.

    Raises Refused where the role may not approve or the kept record may not be seen; Unusable ``merge_unknown`` where no
    batch says so, and as ``undoing.undo`` does.
    """
    permit = permitted(viewer, Action.APPROVE, f"persons/{person}/unmerge")
    kept = Person.objects.filter(pk=person).values_list("canonical_id", flat=True).first()
    if kept is None or not Person.objects.filter(known_to(viewer), pk=kept).exists():
        permit.refuse()
    lines = Change.objects.filter(model=Person._meta.label, object_id=person, act=Change.Act.UPDATE)
    standing = lines.filter(batch__stage=Batch.Stage.COMMITTED).order_by("-pk")
    for line in standing.select_related("batch"):
        if line.batch is not None and "canonical_id" in journal.unseal(Person, line.after or b""):
            return undoing.undo(line.batch.pk, viewer, _("不是同一人"))
    raise Unusable("merge_unknown", _("没有这条合并的记录，不能自动撤销，请联系管理员。"))
