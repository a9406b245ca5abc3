"""What was sent stands in its form again: every kind of field, and nothing of it anywhere else."""

from __future__ import annotations

import lxml.html
import pytest

from qiaojie.web.desk.shared.refilling import Page, Sent

pytestmark = pytest.mark.later


FORM = """<!doctype html><html lang="zh-Hans"><head><title>一页 · 巧姐</title></head><body>
<form method="post" action="/other/"><input name="text" value="别处"></form>
<details><summary>更多</summary>
<form id="f" method="post" action="?tab=2" class="stack">
<input type="hidden" name="csrfmiddlewaretoken" value="new"><input type="hidden" name="row" value="7">
<label for="t">名称</label><input id="t" name="text" value="旧" autofocus>
<textarea name="words">旧</textarea>
<input type="checkbox" name="tick" value="1" checked><input type="checkbox" name="tick" value="2">
<input type="radio" name="one" value="a" checked><input type="radio" name="one" value="b">
<select name="pick"><option value="" selected></option><option value="x">甲</option><option>乙</option></select>
<select name="many" multiple>
<option value="1" selected>1</option><option value="2">2</option><option value="3">3</option></select>
<input name="line" value=""><input name="line" value="">
<input type="password" name="secret"><input name="code" autocomplete="one-time-code">
<label>文件 <input type="file" name="file" required></label>
<button name="do" value="go">办</button>
</form></details>
<input form="f" name="outside" value="">
<a href="?after=3">下一页</a><a href="#f">这里</a>
</body></html>"""

FIELDS = {
    "row": ["7"],
    "text": ['新<b>"的"'],
    "words": ["\n第一行\r\n第二行\x07"],
    "tick": ["2"],
    "one": ["b"],
    "pick": ["乙"],
    "many": ["2", "3"],
    "line": ["甲", "乙"],
    "secret": ["hunter2"],
    "code": ["123456"],
    "outside": ["外面"],
    "do": ["go"],
    "csrfmiddlewaretoken": ["old"],
}


def page(markup: str = FORM, **given: object) -> Page:
    said = {"address": "/page/", "fields": FIELDS, "message": "没有写<i>日期</i>。", "code": "", **given}
    return Page(markup, "/page/?tab=1", Sent(**said))  # type: ignore[arg-type]


def again(**given: object) -> lxml.html.HtmlElement:
    held = page(**given)
    held.make_links_whole()
    held.refill()
    return lxml.html.document_fromstring(held.markup())


def test_every_kind_of_field_holds_what_was_sent_and_secrets_nothing() -> None:
    tree = again()
    form = tree.get_element_by_id("f")
    held = dict(form.form_values())
    assert held["text"] == '新<b>"的"' and held["pick"] == "乙" and held["one"] == "b" and held["tick"] == "2"
    assert held["words"].strip("\n") == "第一行\n第二行" and form.xpath(".//textarea")[0].text.startswith(
        "\n\n"
    )
    assert form.fields["many"] == {"2", "3"} and form.xpath(".//input[@name='line']/@value") == ["甲", "乙"]
    assert tree.xpath("//input[@name='outside']/@value") == ["外面"]
    assert held["csrfmiddlewaretoken"] == "new"
    whole = lxml.html.tostring(tree, encoding="unicode")
    assert "hunter2" not in whole and "123456" not in whole and "<i>" not in whole
    assert tree.xpath("//form[@action='/other/']/input/@value") == ["别处"], "another form is left alone"


def test_what_was_wrong_stands_at_the_form_and_has_the_focus() -> None:
    tree = again()
    (said,) = tree.xpath("//*[@role='alert']")
    assert said.text_content() == "没有写<i>日期</i>。" and said.getparent().get("id") == "f"
    assert tree.xpath("//*[@autofocus]") == [said] and said.get("tabindex") == "-1"
    assert tree.xpath("//details/@open") and tree.findtext(".//title") == "有错 · 一页 · 巧姐"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"at": "words"}, "words"),
        ({"code": "pick_missing"}, "pick"),
        ({"code": "text_too_long"}, "text"),
        ({"code": "document_unreadable"}, "file"),
        ({"at": "row"}, ""),
        ({"code": "do_it"}, ""),
        ({"code": "moon_full"}, ""),
    ],
)
def test_what_was_wrong_stands_at_the_field_that_is_named(given: dict[str, str], name: str) -> None:
    tree = again(**given)
    (said,) = tree.xpath("//*[@role='alert']")
    at = tree.xpath("//*[@aria-invalid='true']")
    assert [one.get("name") for one in at] == ([name] if name else [])
    for box in at:
        assert box.get("autofocus") and box.get("aria-describedby") == said.get("id")


def test_links_lead_from_the_page_and_not_from_where_the_form_went() -> None:
    tree = again()
    assert tree.xpath("//a/@href") == ["/page/?after=3", "#f"]
    assert tree.get_element_by_id("f").get("action") == "/page/?tab=2"


def test_files_are_named_once_kept_or_to_be_chosen_again() -> None:
    held = page(files={"file": ["一.jpg", "二.jpg"]}, kept="word")
    held.name_files()
    tree = lxml.html.document_fromstring(held.markup())
    (box,) = tree.xpath("//input[@type='file']")
    (said,) = tree.xpath("//p[@class='kept-file']")
    assert box.get("required") is None and box.get("aria-describedby") == said.get("id")
    assert "一.jpg、二.jpg，不用重新选" in said.text and said.getprevious().tag == "label"
    assert tree.xpath("//input[@name='kept_files']/@value") == ["word"]
    held = page(files={"file": ["一.jpg"]})
    held.name_files()
    assert "要重新选择：一.jpg" in held.markup() and "kept_files" not in held.markup()


def test_of_forms_alike_the_one_of_the_same_row_is_meant_or_none() -> None:
    forms = "".join(
        f'<form method="post" action="/go/"><input type="hidden" name="row" value="{row}"><input name="why"></form>'
        for row in (1, 2)
    )
    for row, number in (("1", 0), ("2", 1)):
        held = page(f"<body>{forms}", address="/go/", fields={"row": [row], "why": ["x"]})
        assert held.form is held.tree.xpath("//form")[number]
    gone = page(f"<body>{forms}", address="/go/", fields={"row": ["3"], "why": ["x"]})
    assert gone.form is None, "what was written of one row never stands at another"
    alone = page('<body><form method="post" action="/go/"><input type="hidden" name="number" value="6"></form>',
                 address="/go/", fields={"number": ["7"]})  # fmt: skip
    assert alone.form is not None
    assert page("<body><p>x</p>").form is None
