"""A class or base entered twice: joined with the one kept, and parted again."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qiaojie.ledgers import joining
from qiaojie.ledgers.declaration import Ledger
from qiaojie.lib.findings import Unusable
from qiaojie.web.components import addressed
from qiaojie.web.desk.shared import params
from qiaojie.web.requests import DeskRequest

_LAST_NUMBER = re.compile(r"(\d{1,18})/?\s*(?:[?#].*)?$", re.ASCII)


@require_POST
def join(request: DeskRequest, code: str, pk: int) -> HttpResponse:
    """Join a row with another (its number or address): ``keep`` says which of the two stays (``this`` or ``other``)."""
    ledger = _joinable(code)
    other = _LAST_NUMBER.search(request.POST.get("other", ""))
    if other is None:
        raise Unusable("join_unknown", _("请填另一条登记的编号，或它的网址。"))
    gone, keep = (int(other[1]), pk) if request.POST.get("keep") == "this" else (pk, int(other[1]))
    joining.join(ledger, gone, keep, request.viewer, request.POST.get("reason", ""))
    messages.success(request, _("已合为一条计算，两条登记各自的记录都保留；弄错了可以分开。"))
    return redirect("row", code=code, pk=keep)


@require_POST
def part(request: DeskRequest, code: str, pk: int) -> HttpResponse:
    """Part a row from the one that it was joined with."""
    joining.part(_joinable(code), pk, request.viewer, request.POST.get("reason", ""))
    messages.success(request, _("已分开，恢复为两条登记。"))
    return redirect("row", code=code, pk=params.demanded_number(request.POST.get("back") or str(pk)))


def _joinable(code: str) -> Ledger:
    ledger = addressed.ledger_of(code)
    if ledger.joins is None:
        raise Http404(code)
    return ledger
