"""What goes wrong, in one shape: a code, words in the language asked for, where it lies, how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from pydantic import BaseModel, Field

from qiaojie.lib.findings import Unusable

STATUS: Final[Mapping[str, int]] = {
    "key_wrong": 401,
    "key_ended": 401,
    "key_expired": 401,
    "key_account": 401,
    "key_address": 401,
    "key_shut": 429,
    "plan_outdated": 409,
    "plan_has_errors": 409,
    "nothing_to_write": 409,
    "upload_closed": 409,
    "word_used": 409,
    "not_measured": 409,
}
"""Codes that are answered with a status of their own; others with 400 where something is read, 422 where it is handed in."""


_NAMED: Final = frozenset({"edition_unknown", "region_unknown"})
"""Codes of what an address or a parameter names and is not there: 404 where something is read."""


class Fault(BaseModel):
    """Why a call was not done. Nothing was changed."""

    code: str = Field(description=N_("一个英文词，供程序判断"))
    message: str = Field(description=N_("出了什么问题"))
    where: str = Field(description=N_("在哪里：地址、参数或 JSON 里的位置"))
    mend: str = Field(description=N_("怎样改"))


def fault(status: int, code: str, message: str, where: str, mend: str = "") -> HttpResponse:
    """An answer that says what went wrong; ``mend`` is of the code or the status where it is not said."""
    told = Fault(code=code, message=message, where=where, mend=mend or _mend(status, code))
    return JsonResponse(told.model_dump(), status=status, json_dumps_params={"ensure_ascii": False})


def of(wrong: Unusable, request: HttpRequest) -> HttpResponse:
    """The answer for input that cannot be used."""
    reading = 404 if wrong.code in _NAMED else 400
    status = STATUS.get(wrong.code, 422 if request.method == "POST" else reading)
    return fault(status, wrong.code, wrong.message, place(request))


def missing(request: HttpRequest) -> HttpResponse:
    """Not there, or not the key's: the two look the same."""
    return fault(404, "not_there", _("没有这个对象，或不在密钥的范围内。"), place(request))


def broken(request: HttpRequest) -> HttpResponse:
    """The answer where the programme itself failed."""
    return fault(500, "broken", _("系统出错，这次调用没有办成。"), place(request))


def unfit(request: HttpRequest, error: Mapping[str, Any]) -> HttpResponse:
    """The answer for a value that is not as the interface says; ``error`` as pydantic tells it."""
    where = ".".join(str(part) for part in error["loc"])
    status = 422 if request.method == "POST" else 400
    bound = next((str(value) for value in error.get("ctx", {}).values() if isinstance(value, int | str)), "")
    words: Mapping[str, Callable[[], str]] = {
        "missing": lambda: _("缺少这一项"),
        "extra_forbidden": lambda: _("没有这一项"),
        "less_than_equal": lambda: _("最大是 %s") % bound,
        "greater_than_equal": lambda: _("最小是 %s") % bound,
        "string_too_long": lambda: _("最多 %s 个字") % bound,
        "int_parsing": lambda: _("要填整数"),
        "date_from_datetime_parsing": lambda: _("日期要写成 2023-11-30"),
        "date_parsing": lambda: _("日期要写成 2023-11-30"),
    }
    what = words.get(error["type"], lambda: _("类型或格式不对"))()
    message = _("%(where)s：%(what)s。") % {"where": where, "what": what}
    return fault(status, "value_unfit", message, where)


def title(status: int) -> str:
    """What an answer of this status means, in short."""
    words: Mapping[int, Callable[[], str]] = {
        400: lambda: _("参数有误"),
        401: lambda: _("没有密钥，或密钥不再有效"),
        404: lambda: _("没有，或不在密钥的范围内"),
        405: lambda: _("不能这样调用"),
        409: lambda: _("和现在的状态不合"),
        413: lambda: _("一次太多"),
        415: lambda: _("不是 JSON"),
        422: lambda: _("内容有误"),
        429: lambda: _("太频繁，或失败太多"),
    }
    return words[status]()


CODES: Final[Mapping[int, str]] = {
    400: "parameter_unknown",
    401: "key_wrong",
    404: "not_there",
    405: "method_unknown",
    409: "plan_outdated",
    413: "body_too_large",
    415: "not_json",
    422: "box_unknown",
    429: "too_often",
}
"""The commonest code of a status, for examples."""


def example(status: int) -> dict[str, str]:
    """What an answer of this status may look like."""
    code = CODES[status]
    return Fault(code=code, message=title(status), where="…", mend=_mend(status, code)).model_dump()


def place(request: HttpRequest) -> str:
    """Where a call went."""
    return f"{request.method} {request.path}"


def _mend(status: int, code: str) -> str:
    of_code: Mapping[str, Callable[[], str]] = {
        "plan_outdated": lambda: _("重新读取计划，核对后用新的 seal 再提交。"),
        "plan_has_errors": lambda: _("读取计划的 findings，改正后用新的 Idempotency-Key 重新报送。"),
        "word_used": lambda: _("同一批内容用同一个 Idempotency-Key，新内容换一个新的。"),
        "parameter_unknown": lambda: _("去掉这个参数，或改成台账声明里列出的名称。"),
        "key_address": lambda: _("从登记的地址访问，或由账号使用人重新生成密钥。"),
    }
    of_status: Mapping[int, Callable[[], str]] = {
        400: lambda: _("按提示改正参数后重试；参数见接口说明。"),
        401: lambda: _("由账号使用人登录后在“我的账号 → 接口密钥”里查看或重新生成。"),
        404: lambda: _("核对地址和编号；确实需要的，请有权限的单位生成密钥。"),
        405: lambda: _("换成 Allow 里列出的方法。"),
        409: lambda: _("先读取它现在的状态，再决定怎样办理。"),
        413: lambda: _("分成几次报送。"),
        415: lambda: _("用 Content-Type: application/json 发送 JSON。"),
        422: lambda: _("按提示改正后重新发送；各列的名称和格式见接口说明。"),
        429: lambda: _("等 Retry-After 写明的秒数后再试。"),
        500: lambda: _(
            "报送过内容的，用同一个 Idempotency-Key 再发一次；仍然出错，请告诉系统管理员时间和地址。"
        ),
    }
    words = of_code.get(code) or of_status[status]
    return words()
