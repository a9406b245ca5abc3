"""What was typed wrong about agencies and accounts, put right: no new name from a day on, no hand-over."""

from __future__ import annotations

from django.db.models import ManyToOneRel
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.findings import Level, Unusable
from qiaojie.lib.values import Context, kind
from qiaojie.regions.models import Region

from .models import Agency, AgencyName, Holding, Post, User, WorkLine
from .services import demand_administered, demand_exclusive, demand_reason, permit_in


def hangs_on(agency: Agency) -> list[str]:
    """What hangs on an agency, in words (“3 个账号”): its region and line are corrected while that is nothing."""
    found = []
    for relation in Agency._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ManyToOneRel) or relation.related_model is AgencyName:
            continue
        number = relation.related_model._base_manager.filter(**{relation.field.name: agency}).count()
        if number:
            words = {"number": number, "what": relation.related_model._meta.verbose_name}
            found.append(ngettext("%(number)d 个%(what)s", "%(number)d 个%(what)s", number) % words)
    return found


def correct_agency(viewer: Viewer, agency: Agency, region: Region, line: str, name: str, reason: str) -> None:
    """Put right what was typed wrong when an agency was opened: its name (in its history too), region or line.

    Raises Unusable ``name_missing``, ``line_unknown``, ``agency_there``, ``reason_missing``, ``nothing_changed``;
    ``agency_used`` for a region or line while anything hangs on it; Refused for a region elsewhere, old or new.
    """
    subject = f"agency/{agency.pk}/correct"
    permit = permit_in(viewer, agency.region_id, subject)
    permit.refuse_unless(viewer.covers(region.pk))
    called = name.strip()
    before = {"region_id": agency.region_id, "line": agency.line, "name": agency.name}
    after = {"region_id": region.pk, "line": line, "name": called}
    _demand_correct(agency, before, after, region)
    demand_reason(reason)
    with permit.because(reason) as change:
        agency.names.filter(name=agency.name).update(name=called)
        agency.region, agency.line, agency.name = region, line, called
        agency.save(update_fields=["region", "line", "name"])
        change.updated(Agency, [(agency.pk, before, after)], told=False)


def _demand_correct(
    agency: Agency, before: dict[str, object], after: dict[str, object], region: Region
) -> None:
    if not after["name"]:
        raise Unusable("name_missing", _("请填写名称。"))
    if after["line"] not in WorkLine.values:
        raise Unusable("line_unknown", _("没有“%s”这条线。") % str(after["line"])[:20])
    if before == after:
        raise Unusable("nothing_changed", _("没有改动任何内容。"))
    if Agency.objects.filter(**after).exclude(pk=agency.pk).exists():
        raise Unusable("agency_there", _("“%s”已经登记过。") % after["name"])
    if before | {"name": ""} != after | {"name": ""} and (held := hangs_on(agency)):
        text = _("“%(agency)s”名下已有%(what)s，区域和条线不能再改。请停用它，再按正确的区域和条线登记。")
        raise Unusable("agency_used", text % {"agency": agency.name, "what": "、".join(held)})


def identify_agency(viewer: Viewer, agency: Agency, credit_code: str, legal_person: str, reason: str) -> None:
    """Say which body an agency is: its credit code and its legal representative, '' for what is not known.

    Raises Unusable with the finding of what is no such code or name (``credit_length``, ``name_implausible`` …),
    ``reason_missing``, ``nothing_changed``; Refused elsewhere.
    """
    permit = permit_in(viewer, agency.region_id, f"agency/{agency.pk}/identify")
    after = {
        "credit_code": _read("credit_code", credit_code),
        "legal_person": _read("name", legal_person),
    }
    before = {column: getattr(agency, column) for column in after}
    if before == after:
        raise Unusable("nothing_changed", _("没有改动任何内容。"))
    demand_reason(reason)
    with permit.because(reason) as change:
        for column, value in after.items():
            setattr(agency, column, value)
        agency.save(update_fields=list(after))
        change.updated(Agency, [(agency.pk, before, after)], told=False)


def _read(word: str, text: str) -> str:
    parsed = kind(word).parse(text.strip(), Context())
    wrong = next((one for one in parsed.findings if one.level is Level.ERROR), None)
    if wrong is not None:
        raise Unusable(wrong.code, wrong.message)
    return str(parsed.value or "")


def correct_account(viewer: Viewer, user: User, holder: str, title: str, reason: str) -> None:
    """Put right a holder's name or the title of the post, which is then called so for everybody who held it.

    Another person at the post is a hand-over, and no correction. Raises Unusable ``account_holder``, ``account_title``,
    ``reason_missing``, ``nothing_changed``; ``three_exclusive`` where the name is that of somebody whose other account
    excludes this one; Refused for the viewer's own account, or one elsewhere.
    """
    subject = f"account/{user.username}/correct"
    demand_administered(viewer, Action.ADMINISTER, user, subject)
    name, called, post = holder.strip(), title.strip(), user.post
    agency = user.agency
    assert agency is not None
    permit = permit_in(viewer, agency.region_id, subject)
    if not name:
        raise Unusable("account_holder", _("请填写使用人姓名：账号不能共用。"))
    if post is not None and not called:
        raise Unusable("account_title", _("请填写岗位。"))
    renamed = post is not None and called != post.title
    if name == user.holder and not renamed:
        raise Unusable("nothing_changed", _("没有改动任何内容。"))
    if renamed and Post.objects.filter(agency=agency, title=called).exists():
        text = _("“%(agency)s”已有岗位“%(title)s”，请换一个名称。")
        raise Unusable("account_title", text % {"agency": agency.name, "title": called})
    demand_reason(reason)
    was, user.holder = user.holder, name
    demand_exclusive(user, user.role)
    with permit.because(reason) as change:
        if name != was:
            user.save(update_fields=["holder"])
            Holding.objects.filter(user=user, holder=was).update(holder=name)
            change.updated(User, [(user.pk, {"holder": was}, {"holder": name})], told=False)
        if post is not None and renamed:
            title_was, post.title = post.title, called
            post.save(update_fields=["title"])
            change.updated(Post, [(post.pk, {"title": title_was}, {"title": called})], told=False)
