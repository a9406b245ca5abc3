"""Photographed sheets find their class by their number; wrong, foreign, repeated or upside down, none of them is lost."""

from __future__ import annotations

import io
from functools import partial

import pytest
from PIL import ExifTags, Image, ImageDraw

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.documents import queries as documents
from qiaojie.documents import services as document_services
from qiaojie.documents.handing_in import HandedFile
from qiaojie.documents.models import Content, Document, DocumentKind
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.papers import numbers, returning, services
from qiaojie.papers.models import HandedBack, Printing, UnplacedSheet
from qiaojie.training.models import TrainingClass
from tests.web.factories import World, training_class

pytestmark = [pytest.mark.django_db, pytest.mark.later]


def photo(number: int, exif: int = 1) -> bytes:
    """A sheet of 300 × 400 with a black bar at its top; ``exif`` is how the camera was held."""
    page = Image.new("RGB", (300, 400), (250, 250, 245))
    ImageDraw.Draw(page).rectangle((0, 0, 300, 60), fill=(number % 200, 0, 0))
    held, said = io.BytesIO(), Image.Exif()
    said[ExifTags.Base.Orientation] = exif
    page.save(held, "JPEG", exif=said, quality=95)
    return held.getvalue()


def file(name: str, data: bytes) -> HandedFile:
    return HandedFile(name, partial(bytes, data))


@pytest.fixture
def numbered(held: TrainingClass, world: World) -> list[Printing]:
    """The five sign-in sheets of the class, printed."""
    services.print_papers(held.pk, ["sign-in"], "xlsx", clerk(world), "制作名册")
    return list(Printing.objects.order_by("pk"))


def clerk(world: World, user: str = "clerk") -> UserViewer:
    return UserViewer(world.users[user])


def test_many_sheets_find_their_class_by_their_names(
    held: TrainingClass, world: World, numbered: list[Printing]
) -> None:
    files = [file(f"签到 {numbers.printed(one.pk)}.jpg", photo(40 * at)) for at, one in enumerate(numbered)]
    taken = returning.receive(files, "", clerk(world))
    assert (len(taken.placed), taken.waiting, taken.left) == (5, (), ())
    kept = Document.objects.filter(ledger="classes", row=held.pk)
    assert {one.kind for one in kept} == {DocumentKind.SIGN_IN}
    first = kept.get(printed_sheet__printing=numbered[0])
    assert first.title == f"逐日签到表 2030-06-03 上午 {numbers.printed(numbered[0].pk)}"
    assert all(number not in first.title for number in ("500000",))


def test_a_class_that_was_renamed_is_still_found(
    held: TrainingClass, world: World, numbered: list[Printing]
) -> None:
    TrainingClass.objects.filter(pk=held.pk).update(title="改了名的班")
    taken = returning.receive([file("照片.jpg", photo(1))], numbers.printed(numbered[2].pk), clerk(world))
    assert taken.placed[0].document.row == held.pk
    assert taken.placed[0].printing.title == "涪陵区手工编织提高班"


def test_of_a_class_that_was_joined_the_one_that_is_kept_gets_it(
    held: TrainingClass, world: World, numbered: list[Printing]
) -> None:
    kept = training_class(world.regions["涪陵区"], "留下的班", begins=held.begins, ends=held.ends)
    TrainingClass.objects.filter(pk=held.pk).update(canonical=kept)
    taken = returning.receive(
        [file("照片.jpg", photo(1))], numbers.digits(numbered[0].pk), clerk(world), kept.pk
    )
    assert taken.placed[0].document.row == kept.pk


@pytest.mark.parametrize(
    ("name", "typed", "fault"),
    [
        ("照片.jpg", "", "number_missing"),
        ("照片.jpg", "000001-", "number_wrong"),
        ("照片.jpg", "UNKNOWN", "number_unknown"),
        ("UNKNOWN.jpg", "", "number_unknown"),
        ("两张 A B.jpg", "", "several_numbers"),
    ],
)
def test_what_cannot_be_placed_waits_with_its_reason_and_takes_its_number_later(
    held: TrainingClass, world: World, numbered: list[Printing], name: str, typed: str, fault: str
) -> None:
    unknown = numbers.printed(999_999)
    name = name.replace("UNKNOWN", unknown)
    name = name.replace("A", numbers.printed(numbered[0].pk)).replace("B", numbers.printed(numbered[1].pk))
    viewer = clerk(world)
    data = photo(7)
    taken = returning.receive([file(name, data)], typed.replace("UNKNOWN", unknown), viewer)
    assert not taken.placed and not taken.left
    (waiting,) = taken.waiting
    assert waiting.fault == fault and returning.words(fault) != fault
    assert bytes(UnplacedSheet.objects.get().content) != data, "it is kept encrypted"
    assert Image.open(io.BytesIO(returning.picture(waiting.pk, viewer))).size[1] == 400
    with pytest.raises(Unusable):
        returning.place(waiting.pk, "123", viewer)
    assert UnplacedSheet.objects.get().typed == "123"
    placed = returning.place(waiting.pk, numbers.printed(numbered[3].pk), viewer)
    assert placed.document.row == held.pk and not UnplacedSheet.objects.exists()


def test_a_sheet_of_another_county_is_as_if_there_were_none(
    held: TrainingClass, world: World, numbered: list[Printing]
) -> None:
    other = clerk(world, "other")
    known = returning.receive([file("照片.jpg", photo(1))], numbers.printed(numbered[0].pk), other)
    none = returning.receive([file("照片.jpg", photo(2))], numbers.printed(999_999), other)
    assert known.waiting[0].fault == none.waiting[0].fault == "number_unknown"
    assert not Document.objects.exists()
    assert AccessEntry.objects.filter(
        username="other", done=False, subject=f"sheets/{numbered[0].pk}"
    ).exists()


def test_a_sheet_of_another_class_than_the_page_waits_for_a_word(
    held: TrainingClass, world: World, numbered: list[Printing]
) -> None:
    viewer, page = clerk(world), world.classes["weaving"].pk
    taken = returning.receive([file("照片.jpg", photo(1))], numbers.printed(numbered[0].pk), viewer, page)
    (waiting,) = taken.waiting
    assert waiting.fault == "other_class"
    placed = returning.place(waiting.pk, numbers.printed(numbered[0].pk), viewer, elsewhere=True)
    assert placed.document.row == held.pk


def test_the_same_sheet_twice_is_asked_about_and_another_page_is_taken(
    held: TrainingClass, world: World, numbered: list[Printing]
) -> None:
    viewer, number = clerk(world), numbers.printed(numbered[0].pk)
    returning.receive([file("照片.jpg", photo(1))], number, viewer)
    (again,) = returning.receive([file("照片.jpg", photo(1))], number, viewer).waiting
    (page,) = returning.receive([file("照片2.jpg", photo(2))], number, viewer).waiting
    assert again.fault == page.fault == "sheet_there"
    assert returning.place(page.pk, number, viewer, further=True).document.title.count("第2页") == 1
    with pytest.raises(Unusable) as refused:
        returning.place(again.pk, number, viewer, further=True)
    assert refused.value.code == "file_there"
    returning.drop(again.pk, viewer)
    assert not UnplacedSheet.objects.exists() and HandedBack.objects.count() == 2
    # A document that was taken back makes room for a better photo.
    for one in Document.objects.all():
        document_services.move(one.pk, "withdraw", viewer, "拍糊了")
    assert returning.receive([file("照片3.jpg", photo(3))], number, viewer).placed


def test_a_picture_is_turned_as_the_camera_says_and_by_hand_where_it_is_silent(
    held: TrainingClass, world: World, numbered: list[Printing]
) -> None:
    viewer = clerk(world)
    (placed,) = returning.receive(
        [file("照片.jpg", photo(1, exif=3))], numbers.printed(numbered[0].pk), viewer
    ).placed
    pk = placed.document.pk

    def bar() -> str:
        """At which edge the dark bar lies."""
        page = Image.open(io.BytesIO(documents.whole(pk, viewer, "看")[1])).convert("L")
        across, down = page.width // 2, page.height // 2
        edges = {
            "top": (across, 5), "bottom": (across, page.height - 5), "left": (5, down), "right": (page.width - 5, down),
        }  # fmt: skip
        return min(edges, key=lambda name: page.getpixel(edges[name]))  # type: ignore[arg-type,return-value]

    assert bar() == "bottom", "held upside down, and turned as the camera says"
    said = []
    for word in ("over", "left", "right", "right"):
        document_services.turn(pk, word, viewer)
        said.append(bar())
    assert said == ["top", "left", "top", "right"]
    for user in ("other", "reader", "base"):
        with pytest.raises(Refused):
            document_services.turn(pk, "left", clerk(world, user))
    assert Content.objects.get(pk=pk).preview is not None


def test_what_is_no_picture_is_said_at_once(held: TrainingClass, world: World) -> None:
    taken = returning.receive([file("歌.mp3", b"ID3...."), file("空.jpg", b"")], "", clerk(world))
    assert len(taken.left) == 2 and not UnplacedSheet.objects.exists()


def test_files_that_wait_are_their_owner_s(held: TrainingClass, world: World) -> None:
    (waiting,) = returning.receive([file("照片.jpg", photo(1))], "", clerk(world)).waiting
    for user in ("approver", "other", "city", "base"):
        viewer = clerk(world, user)
        assert not returning.waiting(viewer)
        for act in (
            partial(returning.picture, waiting.pk, viewer),
            partial(returning.drop, waiting.pk, viewer),
            partial(returning.place, waiting.pk, "000001-3", viewer),
        ):
            with pytest.raises(Refused):
                act()
    with pytest.raises(Refused):
        returning.receive([file("照片.jpg", photo(1))], "", clerk(world, "reader"))
    assert UnplacedSheet.objects.count() == 1


def test_too_many_at_once_are_named(
    held: TrainingClass, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returning, "AT_ONCE", 2)
    monkeypatch.setattr(returning, "WAITING", 1)
    taken = returning.receive([file(f"{at}.jpg", photo(at)) for at in range(3)], "", clerk(world))
    assert len(taken.waiting) == 1 and len(taken.left) == 2
