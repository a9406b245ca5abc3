"""Rows pasted from a sheet or a chat: they become a file of the table and go its way."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from qiaojie.intake import entering, services
from qiaojie.intake import jobs as work
from qiaojie.intake.public import small
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.findings import Unusable
from qiaojie.web.requests import DeskRequest

from ..shared import params, table_choices
from .row_entry import about_of, address_of, table_of
from .uploads import UploadRequest, planned


@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: DeskRequest, notice: str, table: str) -> HttpResponse:
    """A box to paste rows into; pasted, they are planned as a file is. What is wrong stands above what was pasted."""
    viewer = request.viewer
    demand(viewer, Action.ENTER, f"paste/{notice}/{table}")
    found = table_of(notice, table, viewer)
    sent = request.POST if request.method == "POST" else request.GET
    about = about_of(request, sent, found)
    if about.person is not None:
        # Who each row is about is what rows say.
        raise Http404(found.name)
    region = about.region or params.region_of(request, sent.get("region", ""), f"paste/{found.name}")
    if region is None:
        raise Unusable("region_missing", _("您的账号没有所属机构，请写明是哪个区域的表。"))
    fault, columns, lacking, text = None, [], list[str](), request.POST.get("rows", "")
    if request.method == "POST":
        try:
            columns = entering.pasted_columns(found, text, about.closed)
            chosen = _chosen(request, len(columns))
            if columns and chosen is None:
                raise Unusable("columns_untold", _("没有表头，有的栏认不出是什么，请在下面选好。"))
            lacking = entering.pasted_lacking(found, text, about.closed, chosen)
            same = {name: request.POST.get(f"all.{name}", "") for name in lacking}
            if not all(same.values()):
                raise Unusable(
                    "choice_untold", _("有的栏每行都要有，粘贴的行里没有；整份名单都一样的，请在下面选好。")
                )
            pasted = entering.pasted_file(found, text, {**about.closed, **same}, chosen)
            _tell(request, pasted)
            asked = UploadRequest(found.name, region, None, "")
            if small(len(pasted.data)):
                return planned(request, pasted.data, pasted.name, asked)
            kept = services.keep([pasted.data], pasted.name, found.name, region, viewer)
            work.queue_plan(kept, viewer)
            return redirect("progress", pk=kept.pk)
        except Unusable as wrong:
            fault = wrong
    boxes = [box for box in entering.boxes(found) if box.name not in about.closed]
    context = {
        "table": found,
        "fault": fault,
        # What is asked last stands lowest.
        "faulty": "lacking" if lacking else "columns" if columns else "rows",
        "rows": text,
        "columns": [(one, request.POST.get(f"col.{one.at}", one.field)) for one in columns],
        "boxes": boxes,
        "lacking": [(box, request.POST.get(f"all.{box.name}", "")) for box in boxes if box.name in lacking],
        "about": [
            (word, key, about.titles[word], address_of(found, word, key)) for word, key in about.keys.items()
        ],
        "region": region,
        "regions": [] if about.region else table_choices.regions_of(request),
        "crumbs": [(_("导入"), reverse("uploads"))],
    }
    return render(request, "web/desk/intake/pasting.html", context, status=422 if fault else 200)


def _chosen(request: DeskRequest, columns: int) -> list[str] | None:
    """What somebody said that the columns are; None where nobody was asked."""
    if "col.0" not in request.POST:
        return None
    return [request.POST.get(f"col.{at}", "") for at in range(columns)]


def _tell(request: DeskRequest, pasted: entering.Pasted) -> None:
    """What was read into cells that merging left empty."""
    for label, number in pasted.filled.items():
        text = ngettext(
            "“%(label)s”有 %(n)d 格空着，按合并的格子读作上一行的内容，请核对。",
            "“%(label)s”有 %(n)d 格空着，按合并的格子读作上一行的内容，请核对。",
            number,
        )
        messages.warning(request, text % {"label": label, "n": number})
    if pasted.unread:
        text = _(
            "这几栏没有认出，没有导入：%s。要导入的，在“改表头对应”里选好，或把表头改成上面列出的名称再粘贴。"
        )
        messages.warning(request, text % "、".join(pasted.unread))
