"""The English catalogue says every sentence of the interface, and nothing else."""

import re

import pytest
from babel.messages.catalog import Message

from scripts.messages import LOCALES, collect, of_module, read


def _key(message: Message) -> tuple[object, str | None]:
    return message.id, message.context


@pytest.mark.parametrize("language", ["en"])
def test_every_sentence_is_translated_and_nothing_else(language: str) -> None:
    catalogue = read(LOCALES / language / "LC_MESSAGES" / "django.po")
    wanted = {_key(message) for message in collect() if message.id}
    kept = {_key(message): message for message in catalogue if message.id}
    assert not wanted - kept.keys(), "run make messages, then translate what is empty"
    assert not kept.keys() - wanted, "run make messages"
    assert not catalogue.obsolete
    for message in kept.values():
        strings = [message.string] if isinstance(message.string, str) else list(message.string or [""])
        assert all(strings), f"not translated: {message.id}"
        assert not message.fuzzy, f"only guessed: {message.id}"
        # Placeholders of the translation are those of the sentence.
        assert not [str(error) for error in message.check(catalogue)], message.id


def test_a_sentence_with_several_gaps_names_them() -> None:
    """Another language may need them in another order."""
    texts = [
        text
        for message in collect()
        if message.id
        for text in ([message.id] if isinstance(message.id, str) else message.id)
    ]
    assert not [text for text in texts if len(re.findall(r"%[sdif]", text)) > 1]


def test_what_is_said_inside_a_formatted_text_is_collected_by_every_python() -> None:
    source = "a = f\"{_('甲')}-{quote(translation.pgettext('月', '乙'))}\"\nb = _(name), ngettext(\"丙\" \"丁\", '戊', 2)\n"
    assert [(message, context) for _line, message, _comments, context in of_module(source)] == [
        ("甲", None),
        ("乙", "月"),
        (("丙丁", "戊"), None),
    ]
