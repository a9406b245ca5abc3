"""What everything that a role is shown of a made-up woman leaves of her identity number: how many numbers remain possible."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import unquote

import lxml.html
from django.http import HttpResponse

from qiaojie.ledgers import rows
from qiaojie.lib.identity import check_digit
from qiaojie.people.models import Certificate, Person
from qiaojie.people.services import certificate_completed, completed

NUMBER = "500000196102027387"[:17]
"""Place, day and sequence of the woman who is looked for: its end stands in nothing else."""
WHOLE = NUMBER + check_digit(NUMBER)
NAME, PHONE, ADDRESS, TOWNSHIP = "覃霜降", "13977316408", "甲0街道梨树村二组", "甲0街道"
LEAST = 400

_MASK = re.compile(r"(?<![0-9*])[0-9X*]{18,24}(?![0-9*])")
_LINKS = ("href", "action", "formaction", "src", "hx-get", "hx-post", "download", "data-href", "data-url")


def known_to_everybody(woman: Person, township: int) -> Person:
    """The woman, with a number, a certificate, a telephone, an address and a township of her own."""
    columns = completed({"name": NAME, "id_number": WHOLE, "phone": PHONE})
    more = {"birth_date": born(), "address": ADDRESS, "hukou_id": township, "home_id": township}
    rows.update(Person, [(woman.pk, {**columns, **more})])
    held = certificate_completed({"number": f"{WHOLE}43B1"})
    rows.update(Certificate, [(one.pk, held) for one in Certificate.objects.filter(person=woman)])
    woman.refresh_from_db()
    return woman


def born() -> date:
    return date(int(NUMBER[6:10]), int(NUMBER[10:12]), int(NUMBER[12:14]))


@dataclass
class Told:
    """What was shown: the characters of her number by their places, the day, the year and the sex."""

    places: dict[int, str] = field(default_factory=dict)
    day: bool = False
    year: bool = False
    sex: bool = False
    texts: list[tuple[str, str]] = field(default_factory=list)

    def read(self, whence: str, text: str) -> None:
        """Take in a text, from wherever it came."""
        self.texts.append((whence, text))
        assert WHOLE not in text, f"{whence} says the whole number"
        for found in _MASK.findall(text):
            if "*" in found:
                self._take(found[:18])
        # A piece of the end that stands alone is as good as a mask that shows it.
        for begin in (11, 12, 13, 14, 15):
            if re.search(rf"(?<![0-9]){WHOLE[begin:]}(?![0-9])", text):
                self._take("*" * begin + WHOLE[begin:])
        self.day |= any(
            said in text for said in ("1961-02-02", "1961年2月2日", "1961.2.2", "1961/2/2", "19610202")
        )
        self.year |= "1961" in text
        self.sex |= "女" in text

    def _take(self, mask: str) -> None:
        """What a mask shows, where it may be hers: taken for hers then, whoever's it is."""
        shown = {at: mark for at, mark in enumerate(mask) if mark != "*"}
        if all(WHOLE[at] == mark for at, mark in shown.items()):
            self.places |= shown

    @property
    def possible(self) -> int:
        """How many identity numbers remain, the county being known to everybody."""
        first = date(born().year if self.year or self.day else 1940, 1, 1)
        days = [born()] if self.day else [first + timedelta(days=at) for at in range(365)]
        number = 0
        for day in days:
            for sequence in range(1000):
                if self.sex and sequence % 2 != int(WHOLE[16]) % 2:
                    continue
                text = f"{NUMBER[:6]}{day:%Y%m%d}{sequence:03d}"
                text += check_digit(text)
                number += all(text[at] == mark for at, mark in self.places.items())
            if number > 10 * LEAST:
                break
        return number


def text_of(response: HttpResponse) -> str:
    """All that an answer says: of packed files each part, and of markup its attributes too."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return str(response.headers) + _text(content)


def _text(content: bytes) -> str:
    if not content.startswith(b"PK"):
        return content.decode("utf-8", "replace")
    said = []
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for one in packed.namelist():
            inner = _text(packed.read(one))
            # What is set in several runs is read as one text as well.
            said += [one, inner, re.sub(r"<[^>]+>", "", inner)]
    return "\n".join(said)


def addresses_in(response: HttpResponse) -> Iterator[str]:
    """Every address and name of a download that an answer gives away."""
    yield from (
        str(response.headers.get(name, "")) for name in ("Location", "Content-Disposition", "HX-Redirect")
    )
    if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
        return
    text = response.content.decode()
    if not text.strip():
        return
    for element in lxml.html.document_fromstring(text).iter():
        yield from (value for name, value in element.attrib.items() if name in _LINKS)


def naming(response: HttpResponse, said: Iterable[str]) -> list[str]:
    """The addresses of an answer that say one of these texts."""
    return [
        address for address in addresses_in(response) if any(one in unquote(unquote(address)) for one in said)
    ]
