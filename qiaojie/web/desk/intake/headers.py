"""What the columns of a file's header are read as: looked at, put right, remembered, taken back."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from qiaojie.intake import queries, services
from qiaojie.intake.models import Stage, Upload
from qiaojie.intake.public import Layout, header_mapping, stated_for_all
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.sheets.reading import read
from qiaojie.web.requests import DeskRequest

from ..shared import params
from . import jobs

SAID = "s."
"""How the name of a box begins that says something of all rows."""


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: DeskRequest, pk: int) -> HttpResponse:
    """Each column with its first values and what it is read as, and what holds for all rows; saved, the file is planned again."""
    kept = queries.upload(pk, request.viewer)
    if kept.stage is not Stage.PLANNED or kept.typed:
        # Rows that were typed have no header.
        return redirect("plan", pk=pk)
    if not kept.table:
        return redirect("progress", pk=pk)
    table = notices.table(kept.table)
    shown = _layout(request, kept, table)
    said = queries.said_of(kept)
    fault = None
    if request.method == "POST":
        chosen = {column.key: request.POST.get(f"c{column.col}", "") for column in shown.columns}
        before, said = said, _said(request)
        try:
            said = stated_for_all.checked(said, table, kept.year)
            header_mapping.check(shown, chosen, table.form, said)
            services.say(pk, said, request.viewer)
            # Whoever only says what holds for this file says nothing of the next one's columns.
            told = said == before or chosen != {column.key: column.target for column in shown.columns}
            if told:
                header_mapping.remember(shown, chosen, table, kept.region, request.viewer, said)
        except Unusable as found:
            fault = found
            again = tuple(replace(column, target=chosen[column.key]) for column in shown.columns)
            shown = replace(shown, columns=again)
        else:
            message = (
                _("已按新的表头对应重新核对。本单位以后同样表头的文件都照此读入，可以随时取消。")
                if told
                else _("已按整张表的内容重新核对，还没有写入。")
            )
            messages.success(request, message)
            jobs.after_deciding(pk, request)
            return redirect("plan", pk=pk)
    context = {
        "upload": kept,
        "title": table.called,
        "layout": shown,
        "fault": fault,
        "sayable": stated_for_all.offered(table, said, shown.bound, shown.stated),
        "faulty": fault.field if fault else "",
        "kept": header_mapping.kept(kept.region, table, request.viewer),
        "crumbs": [(_("导入"), reverse("uploads")), (kept.name, reverse("plan", args=[pk]))],
    }
    return render(request, "web/desk/intake/headers.html", context, status=422 if fault else 200)


@require_POST
def revoke(request: DeskRequest, pk: int) -> HttpResponse:
    """Take back what was remembered of a header."""
    header_mapping.revoke(pk, request.viewer)
    messages.success(request, _("已取消，以后这种表头重新按文字认。"))
    upload = params.number_of(request.POST.get("upload", ""))
    return redirect("uploads") if upload is None else redirect("columns", pk=upload)


def _said(request: DeskRequest) -> dict[str, str]:
    return {
        name.removeprefix(SAID): request.POST.get(name, "") for name in request.POST if name.startswith(SAID)
    }


def _layout(request: DeskRequest, kept: Upload, table: TableDef) -> Layout:
    asked = request.POST if request.method == "POST" else request.GET
    return header_mapping.layout(
        read(services.content_of(kept), kept.name),
        table,
        request.viewer,
        header_mapping.remembered(kept.region, table, request.viewer),
        sheet=asked.get("sheet", ""),
        first=params.number_of(asked.get("first", "")),
        last=params.number_of(asked.get("last", "")),
    )
