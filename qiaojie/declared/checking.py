"""What of a declaration does not fit the ledgers there are: every fault with file, key, code and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from django.utils.translation import gettext as _

from qiaojie.codes import standing
from qiaojie.documents.models import DocumentKind
from qiaojie.folders.faults import Fault
from qiaojie.folders.nearest import meant
from qiaojie.ledgers import declaration
from qiaojie.ledgers.conditions import data, reading
from qiaojie.ledgers.models import Fact
from qiaojie.lib.findings import Level

from . import ledger, naming
from .kept import Kept, fresh
from .loading import LedgerFolder
from .schema import DeclaredField, DeclaredLedger

RESERVED: Final = frozenset(
    {"id", "pk", "state", "unit", "person", "one_hand", "batch", "row", "keys", "any", "all", "not"}
)
"""Words that every ledger has a meaning for already."""

_CODES: Final = frozenset({"asking"})
"""Words that stand in addresses where the code of a ledger stands."""

_DAYS: Final = frozenset({"date", "month", "date_span"})
_ONE_DAY: Final = frozenset({"date", "month"})


def faults(folders: Iterable[LedgerFolder], running: Mapping[str, Kept]) -> list[Fault]:
    """All faults of all folders: those of reading them, and those of what they say. ``running`` are the declarations that
    processes run by now."""
    held = list(folders)
    declared = {one.declared.code: one.declared for one in held if one.declared is not None}
    shipped = {one.code for one in declaration.every()} - set(running)
    found: list[Fault] = []
    for folder in held:
        found += folder.faults
        if folder.declared is not None:
            found += of_one(folder.declared, folder.file, declared, shipped)
    return found


def of_one(
    one: DeclaredLedger, file: str, others: Mapping[str, DeclaredLedger], shipped: set[str]
) -> Iterator[Fault]:
    """What of one declaration does not fit: ``others`` are all that are declared, ``shipped`` the codes of ledgers that come with
    the programme."""
    if one.code in _CODES:
        text = _("“%s”是系统用的词，请换一个代码。")
        yield Fault(file, "code", "code_reserved", text % one.code)
    if one.code in shipped:
        text = _("“%s”是系统自带的台账，请另取代码；要给它加栏目，写 extends。") % one.code
        yield Fault(file, "code", "ledger_taken", text)
    if not one.fields:
        yield Fault(file, "fields", "key_missing", _("至少要有一个字段。"))
        return
    found = [
        *_about_faults(one, file, others, shipped),
        *_field_faults(one, file),
        *_key_faults(one, file, others),
        *(_extends_faults(one, file, shipped) if one.extends else ()),
    ]
    yield from dict.fromkeys(found)
    known = {each.code for each in declaration.every()}
    about = {naming.ledger_about(subject.what) for subject in one.subjects if subject.what != naming.REGION}
    if not found and about <= known:
        yield from _condition_faults(one, file)


def _condition_faults(one: DeclaredLedger, file: str) -> Iterator[Fault]:
    """What is wrong with conditions: held against the ledger as it would be, once nothing else is wrong with it."""
    asked = [(f"fields.{field.code}.applies", field.applies) for field in one.fields if field.applies]
    for check in one.checks:
        key = f"checks.{check.code}"
        if one.field(check.field) is None:
            yield _unknown(one, file, f"{key}.field", check.field)
        if not check.must:
            yield Fault(file, f"{key}.must", "key_missing", _("要写 must：记录应当怎样。"))
        asked += [(f"{key}.when", check.when), (f"{key}.must", check.must)]
    if any(where for _key, where in asked):
        held = ledger.ledger(fresh(one, file))
        for key, where in asked:
            for fault in reading.read(held, where, key, asked=False)[1]:
                yield Fault(file, fault.key, fault.code, fault.message)


def _about_faults(
    one: DeclaredLedger, file: str, others: Mapping[str, DeclaredLedger], shipped: set[str]
) -> Iterator[Fault]:
    words = [subject.called for subject in one.subjects]
    for subject in one.subjects:
        key = f"about.{subject.called}"
        code = naming.ledger_about(subject.what)
        if words.count(subject.called) > 1:
            yield Fault(file, key, "code_twice", _("“%s”写了两次，请用 word 区分。") % subject.called)
        if subject.what == "person" and subject.called != "person":
            yield Fault(file, key, "about_form", _("一条记录只关于一个人，word 不用写。"))
        if code == one.code:
            text = _("台账不能关于自己的记录。")
            yield Fault(file, key, "about_itself", text)
        elif subject.what != naming.REGION and code not in shipped and code not in others:
            known = sorted({*shipped, *others, "person", "household", "base", "agency", "region"})
            text = _("没有台账“%(code)s”。现有：%(known)s。") + meant(subject.what, known)
            yield Fault(file, key, "ledger_unknown", text % {"code": subject.what, "known": "、".join(known)})
        elif one.code in _reached(subject.what, others):
            text = _("“%s”又关于这个台账的记录，绕成了圈。") % subject.what
            yield Fault(file, key, "about_cycle", text)


def _reached(what: str, others: Mapping[str, DeclaredLedger]) -> set[str]:
    """Every ledger that the rows of a declared ledger lead to."""
    found: set[str] = set()
    waiting = [what]
    while waiting:
        held = others.get(waiting.pop())
        for subject in held.subjects if held is not None else ():
            if subject.what not in found:
                found.add(subject.what)
                waiting.append(subject.what)
    return found


def _field_faults(one: DeclaredLedger, file: str) -> Iterator[Fault]:
    codes = [field.code for field in one.fields]
    labels = [field.label for field in one.fields if not field.retired]
    taken = {field.name for field in Fact._meta.get_fields()} | RESERVED | {s.called for s in one.subjects}
    for field in one.fields:
        key = f"fields.{field.code}"
        if codes.count(field.code) > 1:
            yield Fault(file, key, "code_twice", _("字段代码“%s”写了两次。") % field.code)
        if field.code in taken or hasattr(Fact, field.code) or "__" in field.code or field.code.endswith("_"):
            text = _("“%s”是系统用的词，请换一个代码。") % field.code
            yield Fault(file, f"{key}.code", "code_reserved", text)
        if not field.retired and labels.count(field.label) > 1:
            text = _("两个字段都叫“%s”，表里分不清，请改成不同的名称。") % field.label
            yield Fault(file, f"{key}.label", "label_twice", text)
        if field.was and (field.was == field.code or one.field(field.was) is not None):
            text = _("字段“%s”还在，不能又是别的字段改的名；was 写改名以前的代码。")
            yield Fault(file, f"{key}.was", "field_twice", text % field.was)
        if field.code in data.names(field.applies):
            text = _("“%s”能不能填，不能看它自己。") % field.label
            yield Fault(file, f"{key}.applies", "field_form", text)
        yield from _part_faults(one, field, file, key)
        yield from _paper_faults(field, file, key)
        if field.list is not None and field.list not in standing.known():
            text = _("没有代码表“%(code)s”。现有：%(known)s。") + meant(field.list, standing.known())
            words = {"code": field.list, "known": "、".join(standing.known())}
            yield Fault(file, f"{key}.list", "list_unknown", text % words)


def _part_faults(one: DeclaredLedger, field: DeclaredField, file: str, key: str) -> Iterator[Fault]:
    for name in ("part_of", "by"):
        other = getattr(field, name)
        if other and one.field(other) is None:
            yield _unknown(one, file, f"{key}.{name}", other)
    whole = one.field(field.part_of) if field.part_of else None
    if whole is not None:
        if whole is field or field.code in _wholes(one, whole):
            yield Fault(file, f"{key}.part_of", "parent_cycle", _("“其中”关系绕成了圈。"))
        elif (whole.kind, whole.unit) != (field.kind, field.unit):
            text = _("“%(part)s”与“%(whole)s”的类别、单位不同，不能是它的其中项。")
            message = text % {"part": field.label, "whole": whole.label}
            yield Fault(file, f"{key}.part_of", "part_unit_differs", message)


def _wholes(one: DeclaredLedger, field: DeclaredField) -> set[str]:
    """The fields of which a field is a part, however far up."""
    found: set[str] = set()
    held: DeclaredField | None = field
    while held is not None and held.part_of and held.part_of not in found:
        found.add(held.part_of)
        held = one.field(held.part_of)
    return found


def _paper_faults(field: DeclaredField, file: str, key: str) -> Iterator[Fault]:
    if field.shown_by and field.shown_by not in DocumentKind.values:
        yield _paper_unknown(file, f"{key}.shown_by", field.shown_by)
    if field.shown_by and field.kind != "yes_no":
        text = _("shown_by 只用于是否（yes_no）：有没有这份材料。")
        yield Fault(file, f"{key}.shown_by", "field_form", text)


def _paper_unknown(file: str, key: str, word: str) -> Fault:
    known = "、".join(f"{code}={label}" for code, label in DocumentKind.choices)
    text = _("没有材料种类“%(word)s”。现有：%(known)s。") + meant(word, DocumentKind.values)
    return Fault(file, key, "value_unknown", text % {"word": word, "known": known})


def _key_faults(one: DeclaredLedger, file: str, others: Mapping[str, DeclaredLedger]) -> Iterator[Fault]:
    words = {subject.called for subject in one.subjects}
    if not one.day and not one.extends:
        yield Fault(file, "day", "key_missing", _("要写 day：哪个日期字段决定这条记录算在哪一天。"))
    elif one.day:
        yield from _day_faults(one, file, others)
    for code in one.key:
        if one.field(code) is None and code not in words:
            yield _unknown(one, file, "key", code)
        elif (field := one.field(code)) is not None and field.kind in {"note", *_SEALED}:
            text = _("“%s”是加密保存的，不能用来区分记录。") % field.label
            yield Fault(file, "key", "key_form", text)
    if one.title and one.field(one.title) is None and "." not in one.title:
        yield _unknown(one, file, "title", one.title)
    if one.lasts and (last := one.field(one.lasts)) is None:
        yield _unknown(one, file, "lasts", one.lasts)
    elif one.lasts and last is not None and last.kind != "date":
        yield Fault(file, "lasts", "field_form", _("lasts 要写一个日期字段：最后一天。"))
    if one.paper and one.paper not in DocumentKind.values:
        yield _paper_unknown(file, "paper", one.paper)
    yield from _alike_faults(one, file, words)


def _alike_faults(one: DeclaredLedger, file: str, words: set[str]) -> Iterator[Fault]:
    if one.alike is not None:
        if "person" not in words:
            yield Fault(file, "alike", "about_form", _("alike 只用于关于人的台账。"))
        for code in (*one.alike.same, one.alike.begins, one.alike.ends):
            if one.field(code) is None and code not in words:
                yield _unknown(one, file, "alike", code)


_SEALED: Final = frozenset({"phone", "id_number", "address"})


def _day_faults(one: DeclaredLedger, file: str, others: Mapping[str, DeclaredLedger]) -> Iterator[Fault]:
    word, dot, name = one.day.partition(".")
    if not dot:
        field = one.field(word)
        if field is None:
            yield _unknown(one, file, "day", word)
        elif field.kind not in _DAYS:
            text = _("“%s”不是日期，不能决定记录算在哪一天。") % field.label
            yield Fault(file, "day", "field_form", text)
        return
    subject = next((each for each in one.subjects if each.called == word), None)
    if subject is None:
        yield Fault(file, "day", "field_unknown", _("about 里没有“%s”。") % word)
    elif subject.what in others:
        there = others[subject.what].field(name)
        if there is None or there.kind not in _DAYS:
            yield Fault(file, "day", "field_unknown", _("“%s”没有这个日期字段。") % subject.what)
    elif naming.ledger_about(subject.what) in {each.code for each in declaration.every()}:
        part = declaration.get(naming.ledger_about(subject.what))
        if not any(
            field.name == name and field.kind in {"date", "date_span"} and not field.expression
            for field in part.fields
        ):
            yield Fault(file, "day", "field_unknown", _("“%s”没有这个日期字段。") % subject.what)


def _extends_faults(one: DeclaredLedger, file: str, shipped: set[str]) -> Iterator[Fault]:
    if one.extends not in shipped:
        text = _("没有自带台账“%(code)s”。现有：%(known)s。") + meant(one.extends or "", shipped)
        yield Fault(
            file,
            "extends",
            "ledger_unknown",
            text % {"code": one.extends, "known": "、".join(sorted(shipped))},
        )
        return
    for key in ("about", "key", "day", "alike", "lasts"):
        if getattr(one, key):
            text = _("给别的台账加栏目（extends）时不写 %s：记录就是那个台账的记录。") % key
            yield Fault(file, key, "extends_form", text)
    host = declaration.get(one.extends or "")
    labels = {str(field.label) for field in host.fields if "." not in field.name}
    word = one.word or one.code
    if word in host.parts:
        yield Fault(file, "word", "code_reserved", _("“%s”是系统用的词，请换一个代码。") % word)
    for field in one.fields:
        if field.label in labels:
            text = _("“%(ledger)s”已有“%(label)s”一栏，不用再加。") % {
                "ledger": host.label,
                "label": field.label,
            }
            yield Fault(file, f"fields.{field.code}.label", "label_twice", text)


def _unknown(one: DeclaredLedger, file: str, key: str, code: str) -> Fault:
    known = [field.code for field in one.fields]
    text = _("没有字段“%(code)s”。现有：%(known)s。") + meant(code, known)
    return Fault(file, key, "field_unknown", text % {"code": code, "known": "、".join(known)})


def unusable(found: Iterable[Fault]) -> bool:
    """Whether something is wrong that keeps a declaration from being prepared."""
    return any(one.level is Level.ERROR and not one.acknowledged for one in found)
