"""The API for people: what its document says as a page, and the document itself, to whoever is signed in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qiaojie.intake import deliveries

from . import schema
from .door import MOST_BYTES, ApiRequest


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a call: where it goes, and what may stand there."""

    name: str
    place: str
    needed: bool
    words: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the page shows it; ``body`` and ``answer`` are examples in JSON."""

    method: str
    address: str
    anchor: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: str
    answer: str
    errors: tuple[tuple[str, str], ...]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """How to ask, and every call with its parameters, examples and errors."""
    told = schema.document()
    groups: dict[str, list[Call]] = {}
    for tag, call in _calls(told):
        groups.setdefault(tag, []).append(call)
    context = {
        "groups": groups.items(),
        "root": request.build_absolute_uri(schema.ROOT),
        "rate": settings.QIAOJIE_API_RATE,
        "most_rows": deliveries.most_rows(),
        "most_megabytes": MOST_BYTES // 1024**2,
        "fault": _json(told["paths"][f"{schema.ROOT}persons/{{id}}"]["get"]["responses"][404]),
        "crumbs": [(_("我的账号"), reverse("own-account"))],
    }
    return render(request, "web/api/document.html", context)


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, in the language of the page."""
    return JsonResponse(schema.document(), json_dumps_params={"ensure_ascii": False})


@require_safe
def for_programs(request: ApiRequest) -> HttpResponse:
    """The OpenAPI document for a program, in the language that it asks for."""
    return document(request)


def _calls(told: schema.Schema) -> Iterator[tuple[str, Call]]:
    for address, path in told["paths"].items():
        for method, call in path.items():
            good = min(call["responses"])
            yield (
                call["tags"][0],
                Call(
                    method.upper(),
                    address,
                    call["operationId"],
                    call["summary"],
                    call.get("description", ""),
                    tuple(_parameter(one) for one in call.get("parameters", ())),
                    _json(call["requestBody"]) if "requestBody" in call else "",
                    _json(call["responses"][good]),
                    tuple(
                        (str(status), answer["description"])
                        for status, answer in sorted(call["responses"].items())
                        if status >= 400
                    ),
                ),
            )


def _parameter(told: schema.Schema) -> Parameter:
    place = {"path": _("地址"), "query": _("参数"), "header": _("请求头")}[told["in"]]
    choices = tuple(told["schema"].get("enum", ()))
    return Parameter(told["name"], place, told["required"], told.get("description", ""), choices)


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told["content"]["application/json"]["example"], ensure_ascii=False, indent=1)
