"""The proof of many rows at once, said by one source of which a document is kept; and entering such a source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from qiaojie.documents import queries as papers
from qiaojie.documents import services as documents
from qiaojie.documents.models import DocumentKind
from qiaojie.documents.services import DocumentDetails
from qiaojie.intake import proving
from qiaojie.intake.proving import Proved
from qiaojie.ledgers import queries
from qiaojie.ledgers.changing import together
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.queries import Row
from qiaojie.ledgers.viewer import Action, demand_office
from qiaojie.lib.findings import Unusable
from qiaojie.livelihoods import services as livelihoods
from qiaojie.livelihoods.ledger import PROOF_SOURCES
from qiaojie.livelihoods.models import SourceKind
from qiaojie.livelihoods.services import SourceDetails
from qiaojie.web.components import addressed
from qiaojie.web.requests import DeskRequest

from ..shared import params
from .papers import ACCEPT

PAGE = 100
"""Rows without proof that are offered at a time: what somebody looks through with a list beside."""

SOURCES = 100
"""Sources to choose from, the newest: of a county some dozens a year."""


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """A source to choose: what it is called, and how many documents are kept of it."""

    pk: int
    title: str
    about: str
    documents: int


@require_http_methods(["GET", "HEAD", "POST"])
def proofs(request: DeskRequest, code: str) -> HttpResponse:
    """Choose rows (ticked in the list, or all that lack it), the kind of proof and one source; or enter a source."""
    ledger = addressed.ledger_of(code)
    field = proving.proven_field(ledger)
    if field is None:
        raise Http404(code)
    demand_office(request.viewer, Action.ENTER, f"{code}/proofs")
    chosen = [params.demanded_number(text) for text in _sent(request).getlist("row")]
    batch = params.number_of(request.GET.get("batch", ""))
    if batch is not None and not chosen:
        chosen = proving.unproven(ledger, batch, request.viewer)
    source = params.number_of(_sent(request).get("source", ""))
    act, fault, proved = request.POST.get("act", ""), "", None
    try:
        if act == "source":
            source = _keep(request)
            messages.success(request, _("来源已登记，材料已存；请选好记录再登记凭证。"))
        elif act == "set":
            value = request.POST.get(field.name, "")
            proved = proving.prove(ledger, chosen, value, source, request.viewer)
            _tell(request, proved)
            if not proved.left:
                back = request.GET.get("back", "")
                return redirect(params.own_address(request, back, reverse("ledger", args=[code])))
            chosen = []
    except Unusable as refused:
        fault = refused.message
    return _page(request, ledger, field, chosen, _Outcome(source, fault, proved))


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of what was sent: the source that is chosen, what was refused, which rows were left."""

    source: int | None
    fault: str
    proved: Proved | None


def _page(
    request: DeskRequest, ledger: Ledger, field: Field, chosen: list[int], came: _Outcome
) -> HttpResponse:
    viewer = request.viewer
    after = params.number_of(request.GET.get("after", "")) if not chosen else None
    names = [one.name for one in ledger.fields if _tells(ledger, field, one)]
    where = {queries.KEYS: chosen} if chosen else {field.name: list(field.lack_only)}
    page = queries.page(ledger, viewer, where, fields=names, after=after, size=max(PAGE, len(chosen)))
    context = {
        "ledger": ledger,
        "field": field,
        "fields": [one for one in page.fields if one.name != ledger.title],
        "rows": [(row, row.cells[ledger.title], _others(ledger, row)) for row in page.rows],
        "chosen": bool(chosen),
        "following": page.following,
        "choices": [(value, label) for value, label in field.choices.items() if value],
        "given": request.POST,
        "value": request.POST.get(field.name, ""),
        "sources": _sources(proving.sources_of(ledger, field), request),
        "of": proving.sources_of(ledger, field),
        "came": came,
        "kinds": SourceKind.choices if proving.sources_of(ledger, field) is PROOF_SOURCES else (),
        "accept": ACCEPT,
        "today": date.today(),
        "back": request.GET.get("back", ""),
        "asked": urlencode({name: value for name in ("batch", "back") if (value := request.GET.get(name))}),
        "crumbs": [(_("台账"), reverse("ledgers")), (ledger.label, reverse("ledger", args=[ledger.code]))],
    }
    status = 422 if came.fault else 200
    return render(request, "web/desk/ledgers/proofs.html", context, status=status)


def _sent(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def _tells(ledger: Ledger, field: Field, one: Field) -> bool:
    """Whether a column helps to know a row again on a list: who, where, since when, and what it says now."""
    matter = one.listed and one.kind != "yes_no" and not one.name.startswith("person.")
    own = one.expression is None and one.name not in ("unit", "state")
    return one.name in (ledger.title, field.name) or (matter and own)


def _others(ledger: Ledger, row: Row) -> str:
    return "，".join(cell.text for name, cell in row.cells.items() if name != ledger.title and cell.text)


def _sources(of: Ledger, request: DeskRequest) -> list[SourceChoice]:
    """The newest sources with the number of documents of each; two queries."""
    viewer = request.viewer
    found = queries.rows(of, viewer).order_by("-pk")[:SOURCES]
    listed = list(queries.shown(of, viewer, found, queries.listed(of, viewer)))
    kept = [one.row for one in papers.of_rows({of.code: [row.pk for row in listed]}, viewer)]
    return [
        SourceChoice(row.pk, row.cells[of.title].text, _others(of, row), kept.count(row.pk)) for row in listed
    ]


def _keep(request: DeskRequest) -> int:
    """Enter a source with its document, both or neither; its key."""
    posted, file = request.POST, request.FILES.get("file")
    if not isinstance(file, UploadedFile) or not file.name:
        text = _("请选上名单的文件，或档案盒的照片：来源要有佐证材料，才能成批登记凭证。")
        raise Unusable("source_without_document", text)
    day = posted.get("day", "")
    said = SourceDetails(
        posted.get("title", ""),
        posted.get("kind", ""),
        params.day_of(day, date.today()) if day else None,
        posted.get("from_whom", ""),
        posted.get("proof_place", ""),
    )
    data = file.read(int(settings.QIAOJIE_DOCUMENT_MB) * 1024**2 + 1)
    with together():
        made = livelihoods.keep_source(said, request.viewer)
        about = DocumentDetails(DocumentKind.OTHER, made.title, said.day, made.title)
        documents.hand_in(PROOF_SOURCES, made.pk, data, str(file.name), about, request.viewer)
    return made.pk


def _tell(request: DeskRequest, proved: Proved) -> None:
    if proved.changed:
        text = ngettext("已登记 %d 条的凭证。", "已登记 %d 条的凭证。", proved.changed)
        messages.success(request, text % proved.changed)
    if proved.waiting:
        text = ngettext(
            "已提交：有 %d 项修改待审核，采纳以前记录和数字保持原样。",
            "已提交：有 %d 项修改待审核，采纳以前记录和数字保持原样。",
            proved.waiting,
        )
        messages.success(request, text % proved.waiting)
    if proved.left:
        text = ngettext("有 %d 条没有登记，原因见下。", "有 %d 条没有登记，原因见下。", len(proved.left))
        messages.warning(request, text % len(proved.left))
