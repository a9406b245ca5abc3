"""A page drawn again after one of its forms was refused: what was sent stands in the form again, and why it was refused at
the field. Works on the markup of any page, so that no form has to do anything for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from urllib.parse import unquote, urljoin, urlsplit

import lxml.html
from django.utils.translation import gettext as _

from qiaojie.web.components.forms import FROM

Element: TypeAlias = Any
"""An element of a page; the library that reads pages declares no types."""

KEPT: Final = "kept_files"
"""The hidden field of a form whose files are kept: the word by which they are found again."""

SAID: Final = "refused-said"
"""The id of the message at the form."""

_STATE: Final = frozenset({"csrfmiddlewaretoken", FROM, KEPT, "seen"})
"""Hidden fields that differ from one drawing of a page to the next."""
_UNTYPED: Final = frozenset({"hidden", "submit", "button", "reset", "image", "file", "password"})
"""Kinds of input into which nothing is put."""
_SECRET: Final = frozenset({"one-time-code", "current-password", "new-password"})
_ALIASES: Final = {
    "reason": ("reason", "purpose"),
    "purpose": ("purpose", "purpose_other"),
    "date": ("day", "on", "since"),
    "day": ("day", "otherwise", "on"),
    "document": ("file",),
    "picture": ("file",),
}
"""Fields that codes call by another name."""
_UNREADABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Characters that no page may hold."""
_LINKS: Final = ("href", "action", "formaction", "src", "hx-get", "hx-post")


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was refused: the address it went to, its fields, why (``code`` for the programs, ``at`` its field where that is
    known), and the names of its files by field; ``kept`` is the word by which these are found again ('': they are not)."""

    address: str
    fields: Mapping[str, Sequence[str]]
    message: str
    code: str = ""
    at: str = ""
    files: Mapping[str, Sequence[str]] = field(default_factory=dict)
    kept: str = ""


class Page:
    """The markup of a page that stands at an address, and the form on it that was refused (None where it is not there)."""

    def __init__(self, markup: str, address: str, sent: Sent) -> None:
        self.tree: Element = lxml.html.document_fromstring(markup)
        self.address, self.sent = address, sent
        self.form = self._form()

    def fault_field(self) -> str:
        """The name of the field that has to be mended, as far as it is known; ''."""
        names = {one.get("name", "") for one in self._controls() if one.get("type") != "hidden"}
        if self.sent.at:
            return self.sent.at if self.sent.at in names else ""
        words = self.sent.code.split("_")
        for length in range(len(words), 0, -1):
            called = "_".join(words[:length])
            for name in _ALIASES.get(called, (called,)):
                if name in names:
                    return name
        return ""

    def refill(self) -> None:
        """Put what was sent into the form, and the message at its field or, where none is known, at its head."""
        assert self.form is not None
        taken: dict[str, int] = {}
        for control in self._controls():
            self._put(control, taken)
        self._say()
        self._show(self.form)

    def name_files(self) -> None:
        """Say at the fields of files which of them are kept, or that they have to be chosen again."""
        assert self.form is not None
        said: set[str] = set()
        for box in self._controls():
            name = box.get("name", "")
            if box.get("type") != "file" or name in said or not self.sent.files.get(name):
                continue
            said.add(name)
            called = "、".join(self.sent.files[name])
            if self.sent.kept:
                box.attrib.pop("required", None)
                text = _("已选：%s，不用重新选；要换就另选。") % called
            else:
                text = _("要重新选择：%s。") % called
            self._beside(box, _element("p", text, {"class": "kept-file", "id": f"kept-{name}"}))
            _add_word(box, "aria-describedby", f"kept-{name}")
        if self.sent.kept and said:
            word = _element("input", "", {"type": "hidden", "name": KEPT, "value": self.sent.kept})
            self.form.insert(0, word)

    def markup(self) -> str:
        """The page as it is sent."""
        return str(lxml.html.tostring(self.tree, encoding="unicode", doctype="<!doctype html>"))

    def make_links_whole(self) -> None:
        """The page is sent as the answer of another address: what leads from it says whole where to."""
        for element in self.tree.iter():
            if not isinstance(element.tag, str):
                continue
            for name in _LINKS:
                link = element.get(name)
                if link is not None and not link.startswith(("/", "#")) and not urlsplit(link).scheme:
                    element.set(name, urljoin(self.address, link))
            if element.tag == "form" and not element.get("action") and element.get("method") != "dialog":
                element.set("action", self.address)

    def _form(self) -> Element | None:
        """The form that goes where this one went and holds the same hidden fields; the likeliest where there are several."""
        here = [
            form
            for form in self.tree.iter("form")
            if form.get("method", "get").lower() == "post"
            and _path(urljoin(self.address, form.get("action") or self.address)) == _path(self.sent.address)
        ]
        ranked = [(*self._likeness(form), -number, form) for number, form in enumerate(here)]
        # What is written of one row must not come to stand at another: only a lone form may have changed meanwhile.
        same = [one for one in ranked if one[0] or len(ranked) == 1]
        return max(same, key=lambda one: one[:3])[3] if same else None

    def _likeness(self, form: Element) -> tuple[bool, int]:
        """Whether the form's hidden fields are those that were sent, and how many of the fields sent it has."""
        fields, known, same = self.sent.fields, set(), True
        for one in _controls(self.tree, form):
            name, value = one.get("name", ""), one.get("value", "")
            if name in _STATE:
                continue
            sent = value in fields.get(name, ())
            same = same and (sent or one.get("type") != "hidden")
            # Of buttons the one that was pressed is sent, with its word.
            if sent or one.tag != "button":
                known.add(name)
        return same, len(known & fields.keys())

    def _controls(self) -> list[Element]:
        assert self.form is not None
        return _controls(self.tree, self.form)

    def _put(self, control: Element, taken: dict[str, int]) -> None:
        name, kind = control.get("name", ""), control.get("type", "text").lower()
        if not name or control.tag == "button" or name in _STATE or control.get("disabled") is not None:
            return
        texts = self.sent.fields.get(name, ())
        if control.tag == "input" and kind in ("checkbox", "radio"):
            _set_flag(control, "checked", control.get("value", "on") in texts)
            return
        if (control.tag == "input" and kind in _UNTYPED) or control.get("autocomplete") in _SECRET:
            return
        if control.tag == "select" and control.get("multiple") is not None:
            _choose(control, texts)
            return
        number = taken[name] = taken.get(name, -1) + 1
        if number >= len(texts):
            return
        text = _UNREADABLE.sub("", texts[number]).replace("\r\n", "\n")
        if control.tag == "select":
            _choose(control, [text])
        elif control.tag == "textarea":
            # A browser leaves the first break of a text box out.
            control.text = f"\n{text}" if text.startswith("\n") else text
        else:
            control.set("value", text)

    def _say(self) -> None:
        assert self.form is not None
        for element in self.tree.xpath("//*[@autofocus]"):
            del element.attrib["autofocus"]
        name = self.fault_field()
        boxes = [
            one
            for one in self._controls()
            if one.get("name") == name and one.get("type") != "hidden" and one.tag != "button"
        ]
        text = _UNREADABLE.sub("", self.sent.message)
        if not name or not boxes:
            said = _element(
                "p", text, {"class": "note-box low", "role": "alert", "id": SAID, "tabindex": "-1"}
            )
            said.set("autofocus", "autofocus")
            self.form.insert(0, said)
        else:
            said = _element("p", text, {"class": "fault", "role": "alert", "id": SAID})
            self._beside(boxes[0], said)
            boxes[0].set("autofocus", "autofocus")
            boxes[0].set("aria-invalid", "true")
            _add_word(boxes[0], "aria-describedby", SAID)
            self._show(boxes[0])
        for title in self.tree.iter("title"):
            title.text = f"{_('有错')} · {title.text or ''}"
            break

    def _beside(self, box: Element, said: Element) -> None:
        """What is said of a field stands behind it; of one in a label behind the label."""
        at = next((one for one in box.iterancestors("label")), box)
        tail, at.tail = at.tail, None
        at.addnext(said)
        said.tail = tail

    def _show(self, element: Element) -> None:
        """Whatever is folded away around an element is opened."""
        for around in element.iterancestors():
            if around.tag == "details":
                _set_flag(around, "open", True)
            around.attrib.pop("hidden", None)


def _controls(tree: Element, form: Element) -> list[Element]:
    """The fields of a form in their order, those outside it that name it among them."""
    key = form.get("id")
    inside = [
        one for one in form.iter("input", "select", "textarea", "button") if one.get("form") in (None, key)
    ]
    if not key:
        return inside
    outside = [one for one in tree.xpath("//*[@form=$key]", key=key) if one not in inside]
    return [*inside, *outside]


def _path(address: str) -> str:
    return unquote(urlsplit(address).path)


def _choose(box: Element, texts: Sequence[str]) -> None:
    options = list(box.iter("option"))
    values = [one.get("value", (one.text or "").strip()) for one in options]
    if box.get("multiple") is None and not any(value in texts for value in values):
        return
    for option, value in zip(options, values, strict=True):
        _set_flag(option, "selected", value in texts)


def _set_flag(element: Element, name: str, on: bool) -> None:
    if on:
        element.set(name, name)
    else:
        element.attrib.pop(name, None)


def _add_word(element: Element, name: str, word: str) -> None:
    words = (element.get(name) or "").split()
    if word not in words:
        element.set(name, " ".join([*words, word]))


def _element(tag: str, text: str, attributes: Mapping[str, str]) -> Element:
    made = lxml.html.Element(tag, dict(attributes))
    made.text = text or None
    return made
