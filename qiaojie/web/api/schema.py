"""The OpenAPI document, in the language of whoever asks: the calls as ninja knows them, rows as ledgers declare them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.viewer import Personal
from qiaojie.notices import queries as notices

from ..components import arrangement
from ..components.filters import LONGEST, WAITING, waits
from . import faults
from .calls import api
from .ledgers import SAID, parameters
from .values import TYPES

ROOT: Final = "/api/v1/"
NO_ZERO: Final = r"^[^\x00]*$"
LIST: Final = f"{ROOT}ledgers/{{ledger}}/rows"
Schema = dict[str, Any]

_SAMPLES: Final = {
    "date": "2023-06-30",
    "date-time": "2023-06-30T09:30:00+08:00",
    "decimal": "3280.00",
}
_MASKED: Final = {
    Personal.ID_NUMBER: "500***************",
    Personal.CERTIFICATE: "500*****************",
    Personal.PHONE: "138****0001",
    Personal.ACCOUNT: "****0018",
    Personal.DISABILITY: "＊＊",
}

_ALWAYS: Final = (401, 404, 405, 429)
_READING: Final = (400, 409)
_HANDING: Final = (409, 413, 415, 422)


def document() -> Schema:
    """The whole of it. The rows of every ledger have an address of their own, with the filters that its declaration has."""
    found: Schema = deepcopy(dict(api.get_openapi_schema(path_prefix=ROOT)))
    found["info"]["description"] = _("巧姐的接口：凭账号的接口密钥读取台账、通知和进度，报送记录。")
    components = found["components"]
    components["schemas"]["Fault"] = faults.Fault.model_json_schema()
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    found["security"] = [{"key": []}]
    if not str(get_language()).startswith("en"):
        # What a model's docstring says is English.
        for each in components["schemas"].values():
            each.pop("description", None)
    for path in list(found["paths"].values()):
        for method, call in path.items():
            _complete(method, call, components["schemas"])
    general = found["paths"].pop(LIST)["get"]
    for ledger in declaration.every():
        components["schemas"][f"Values_{ledger.code}"] = _values(ledger)
        found["paths"][LIST.replace("{ledger}", ledger.code)] = {"get": _list(ledger, general)}
    for path in found["paths"].values():
        for call in path.values():
            _without_zeros(call["parameters"])
            _name(call["parameters"])
    _speak(found)
    return found


def _without_zeros(parameters: list[Schema]) -> None:
    """No text of an address may hold a zero byte (``door``)."""
    for one in parameters:
        schema = one["schema"]
        if schema.get("type") == "string" and not {"enum", "format", "pattern"} & schema.keys():
            schema["pattern"] = NO_ZERO


def _name(parameters: list[Schema]) -> None:
    """Something that is there for every part of an address: ledgers are all named, of others one is given as an example."""
    shown = next(
        (
            one
            for one in notices.every()
            if one.tables and any(each.count is not None for each in one.indicators)
        ),
        None,
    )
    examples: dict[str, str | int] = {"id": 1}
    if shown is not None:
        examples |= {
            "notice": shown.code,
            "edition": shown.edition,
            "indicator": next(one for one in shown.indicators if one.count is not None).code,
            "table": shown.tables[0].code,
        }
    for one in parameters:
        if one["in"] != "path":
            continue
        if one["name"] == "ledger":
            one["schema"] = {"type": "string", "enum": [ledger.code for ledger in declaration.every()]}
        elif one["name"] in examples:
            one["example"] = examples[one["name"]]


def _complete(method: str, call: Schema, schemas: Mapping[str, Schema]) -> None:
    """Errors and examples of a call."""
    for answer in call["responses"].values():
        for content in answer.get("content", {}).values():
            content["example"] = sample(content["schema"], schemas)
    for status in (*_ALWAYS, *(_HANDING if method == "post" else _READING)):
        content = {"schema": {"$ref": "#/components/schemas/Fault"}, "example": faults.example(status)}
        call["responses"][status] = {
            "description": faults.title(status),
            "content": {"application/json": content},
        }
    for content in call.get("requestBody", {}).get("content", {}).values():
        content["example"] = sample(content["schema"], schemas)


def _list(ledger: Ledger, general: Schema) -> Schema:
    """The list of one ledger: its filters as parameters, its rows with typed values."""
    call = deepcopy(general)
    call["operationId"] = f"rows_{ledger.code}"
    call["summary"] = str(ledger.label)
    common = [one for one in call["parameters"] if one["name"] != "ledger"]
    for one in common:
        one["schema"] = _choosing(ledger, one["name"]) or one["schema"]
    own = [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": str(field.label),
            "schema": _given(ledger, field),
        }
        for field in ledger.fields
        for name in parameters(field)
    ]
    call["parameters"] = [*own, *common]
    answer = call["responses"][200]["content"]["application/json"]
    values = {"$ref": f"#/components/schemas/Values_{ledger.code}"}
    row = {"allOf": [{"$ref": "#/components/schemas/RowOut"}, {"properties": {"values": values}}]}
    rows = {"properties": {"rows": {"type": "array", "items": row}}}
    answer["schema"] = {"allOf": [{"$ref": "#/components/schemas/PageOut"}, rows]}
    listed = [field for field in ledger.fields if field.listed]
    answer["example"] |= {
        "ledger": ledger.code,
        "rows": [
            {
                "id": 1,
                "person": 1 if ledger.person else None,
                "values": {field.name: _example(field) for field in listed},
                "masked": [field.name for field in listed if field.personal in _MASKED],
            }
        ],
    }
    return call


def _choosing(ledger: Ledger, name: str) -> Schema | None:
    """What can stand in a parameter that chooses fields of a ledger; None of others. Whoever may not see a field may not choose
    it, and not all can be sorted by: the ledger's own declaration says which."""
    names = [field.name for field in ledger.fields]
    if name == arrangement.COLUMN:
        return {"type": "array", "items": {"type": "string", "enum": names}}
    if name == arrangement.SORT:
        sorted_by = [field.name for field in ledger.fields if field.sortable]
        return {
            "type": "string",
            "enum": ["", *sorted_by, *(f"-{each}" for each in sorted_by)],
            "default": "",
        }
    return None


def _values(ledger: Ledger) -> Schema:
    """The values of a ledger's rows by the names of its fields; any may be null, or (as the row says) a mask's text."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {field.name: _property(field) for field in ledger.fields},
    }


def _property(field: Field) -> Schema:
    what: Schema = dict(TYPES.get(field.kind, {"type": "string"}))
    if field.choices:
        what = {"type": "string", "enum": list(field.choices)}
    kinds = [what, {"type": "null"}]
    if field.personal is not Personal.NONE and what != {"type": "string"}:
        kinds.append({"type": "string"})
    unit = f"（{field.unit}）" if field.unit else ""
    return {"description": f"{field.label}{unit}", "anyOf": kinds}


def _given(ledger: Ledger, field: Field) -> Schema:
    if field.kind == "date":
        return {"type": "string", "format": "date"}
    if field.kind == "yes_no":
        return {"type": "string", "enum": ["0", "1"]}
    if field.kind == "integer":
        return {"type": "integer", "minimum": 0, "maximum": 10**LONGEST - 1}
    if not field.choices:
        return {"type": "string", "pattern": f"^{SAID}$"}
    # What stands for nothing stated is no value to be sought.
    choices = [one for one in field.choices if one]
    return {"type": "string", "enum": [WAITING, *choices] if waits(ledger, field) else choices}


def _example(field: Field) -> Any:
    if field.personal in _MASKED:
        return _MASKED[field.personal]
    if field.choices:
        return next(iter(field.choices))
    what = TYPES.get(field.kind, {"type": "string"})
    if "$ref" in what:
        return {"begins": "2023-06-01", "ends": "2023-06-20"}
    return sample(what, {})


def sample(schema: Mapping[str, Any], schemas: Mapping[str, Schema]) -> Any:
    """A value that fits: what a field gives as its example, else the smallest of its type."""
    if "$ref" in schema:
        return sample(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for given in ("examples", "example", "default", "enum"):
        if given in schema:
            value = schema[given]
            return value[0] if given in ("examples", "enum") else value
    if "anyOf" in schema:
        return sample(schema["anyOf"][0], schemas)
    if "allOf" in schema:
        return sample(schema["allOf"][0], schemas)
    if schema.get("type") == "object":
        return {name: sample(each, schemas) for name, each in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [sample(schema["items"], schemas)]
    plain = {"integer": 1, "number": 1.0, "boolean": True, "null": None}
    return plain.get(schema.get("type", ""), _SAMPLES.get(schema.get("format", ""), "…"))


def _speak(node: Any, named: bool = False) -> None:
    """Put descriptions into the language of whoever asks; titles that only repeat a name go."""
    if isinstance(node, list):
        for each in node:
            _speak(each)
    elif isinstance(node, dict):
        if not named:
            if {"type", "$ref", "anyOf"} & node.keys():
                node.pop("title", None)
            for key in ("summary", "description"):
                if isinstance(node.get(key), str) and node[key]:
                    node[key] = _(node[key])
            if isinstance(node.get("tags"), list):
                node["tags"] = [_(tag) for tag in node["tags"]]
        for key, each in node.items():
            if key not in ("example", "examples", "enum"):
                _speak(each, named=key in ("properties", "schemas"))
