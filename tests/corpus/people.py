"""Names, numbers of identity and certificate, telephones, regions in every hand."""

from __future__ import annotations

from datetime import date

from qiaojie.lib.identity import check_digit
from tests.intake import material

from .build import STATUS, STATUS_HEAD, Case, case, course, roster, trap, woman
from .making import Page, xlsx

X_WOMAN = next(n for n in range(1, 500) if material.id_number(n).endswith("X"))


@trap("names with inner spaces")
def _spaced_names() -> Case:
    written = ("李  桂", "李　桂", "李\u00a0桂", " 李桂 ", "李\n桂", "欧阳 桂兰", "李\u200b桂")
    rows = [woman(n, name=each) for n, each in enumerate(written, 1)]
    names = ["李桂"] * 5 + ["欧阳桂兰", "李桂"]
    return case(roster(rows), " ".join(["new"] * len(rows)), values={"person.name": names})


@trap("names with rare characters")
def _rare() -> Case:
    written = ("王𬭎", "李㵲", "龍𠀀", "赵𪚥𪚥", "王\U00030edd")
    rows = [woman(n, name=each) for n, each in enumerate(written, 1)]
    return case(roster(rows), "new new new new new", values={"person.name": list(written)})


@trap("names of other peoples, with every kind of dot")
def _dots() -> Case:
    dots = ("·", "•", "・", "．", ".", "‧", " · ", "﹒")
    rows = [woman(n, name=f"阿依古丽{dot}买买提") for n, dot in enumerate(dots, 1)]
    return case(
        roster(rows), " ".join(["new"] * len(dots)), values={"person.name": ["阿依古丽·买买提"] * len(dots)}
    )


@trap("names that lost a character or stand in the wrong column")
def _broken_names() -> Case:
    rows = [woman(1, name="王?"), woman(2, name="李□"), woman(3, name="13800000003")]
    return case(roster(rows), "new new wrong", "B4 name_chars, B5 name_chars, B6 name_implausible")


@trap("one identity number in every hand")
def _numbers() -> Case:
    number = material.id_number
    wide = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
    rows = [
        woman(1, id=f" {number(1)} "), woman(2, id=f"{number(2)[:6]} {number(2)[6:14]} {number(2)[14:]}"),
        woman(3, id=f"'{number(3)}"), woman(4, id=f"‘{number(4)}"), woman(5, id=number(5).translate(wide)),
        woman(6, id=f"{number(6)}\u00a0"), woman(7, id=f"{number(7)[:6]}-{number(7)[6:14]}-{number(7)[14:]}"),
        woman(8, id=f"\u202d{number(8)}\u202c"), woman(9, id=f"`{number(9)}"),
        woman(10, id=f"{number(10)[:10]}\n{number(10)[10:]}"),
        woman(11, id=f"\t{number(11)}"), woman(12, id=f"\ufeff{number(12)}"), woman(13, id=f"身份证号：{number(13)}"),
    ]  # fmt: skip
    values = {"person.id_number": [number(n) for n in range(1, 14)]}
    return case(roster(rows), " ".join(["new"] * 13), values=values)


@trap("the last character as x, ×, Ｘ, х and Χ")
def _letters() -> Case:
    number = material.id_number(X_WOMAN)
    rows = [
        woman(X_WOMAN, id=number[:17] + letter, title=f"{place}班")
        for place, letter in enumerate("Xx×Ｘｘ✕хХΧ", 1)
    ]
    return case(roster(rows), " ".join(["new"] * 9), values={"person.id_number": [number] * 9})


@trap("identity numbers of 15 digits")
def _fifteen() -> Case:
    rows = [woman(n, id=material.id_number(n)[:6] + material.id_number(n)[8:17]) for n in (1, 2)]
    rows[1][3] = int(rows[1][3])
    return case(
        roster(rows),
        "new new",
        "D4 id_upgraded, D5 id_upgraded",
        {"person.id_number": [material.id_number(1), material.id_number(2)]},
    )


@trap("identity numbers that the spreadsheet rounded")
def _lost() -> Case:
    rows = [
        woman(1, id=float(material.id_number(1)[:15] + "000")),
        woman(2, id="5.00000196503161E+17"),
        woman(3, id=material.id_number(3)[:15] + "000"),
        woman(4, id=float(material.id_number(4)[:15] + "000"), certificate=None),
        woman(5, certificate=float(material.id_number(5)[:15] + "00000")),
    ]
    return case(
        roster(rows),
        "wrong wrong wrong wrong wrong",
        "D4 id_lost, D5 id_lost, D6 id_lost, D7 id_lost, E8 certificate_lost",
        {"person.id_number": [None, None, None, None, material.id_number(5)]},
    )


@trap("identity numbers with a slip of the pen")
def _slips() -> Case:
    number = material.id_number
    last = "1" if number(1)[17] != "1" else "2"
    impossible = "50000019650230001"
    rows = [
        woman(1, id=number(1)[:17] + last), woman(2, id=number(2)[:17]), woman(3, id=number(3) + "0"),
        woman(4, id=impossible + check_digit(impossible)), woman(5, id="O" + number(5)[1:]), woman(6, id="不详"),
        woman(7, id=number(7)[:16] + "X" + number(7)[17]),
    ]  # fmt: skip
    return case(
        roster(rows),
        " ".join(["wrong"] * 7),
        "D4 id_checksum, D5 id_length, D6 id_length, D7 id_date, D8 id_chars, D9 id_length, D10 id_chars",
        {"person.id_number": [None] * 7},
    )


@trap("neither identity number nor certificate")
def _nobody() -> Case:
    return case(roster([woman(1, id="无", certificate=None), woman(2, id=None)]), "new new", "D4 id_missing")


@trap("one certificate number in every hand")
def _certificates() -> Case:
    certificate = material.certificate
    rows = [
        woman(1, certificate=f"{certificate(1)}B1"), woman(2, certificate=f"{certificate(2)[:18]} {certificate(2)[18:]}"),
        woman(3, certificate=f"'{certificate(3)}"), woman(4, certificate=f"{certificate(4)}Ｂ２"),
        woman(5, certificate=f"{certificate(5)}b1"), woman(6, certificate=f"{certificate(6)[:18]}-{certificate(6)[18:]}"),
    ]  # fmt: skip
    held = [
        certificate(1) + "B1",
        certificate(2),
        certificate(3),
        certificate(4) + "B2",
        certificate(5) + "B1",
        certificate(6),
    ]
    return case(roster(rows), " ".join(["new"] * 6), values={"person.certificate": held})


@trap("certificate numbers with a slip of the pen")
def _wrong_certificates() -> Case:
    certificate = material.certificate
    rows = [
        woman(1, certificate=certificate(1)[:18] + "92"), woman(2, certificate=certificate(2)[:18] + "45"),
        woman(3, certificate=certificate(3)[:18]), woman(4, certificate=certificate(104)),
        woman(5, certificate="肢体二级"),
    ]  # fmt: skip
    return case(
        roster(rows),
        "wrong wrong wrong new wrong",
        "E4 certificate_category, E5 certificate_grade, E6 certificate_length, E7 certificate_differs, E8 certificate_length",
    )


@trap("sex against the number")
def _sexes() -> Case:
    return case(
        roster([woman(1, sex="男"), woman(2, sex="女性"), woman(3, sex="2")]), "new new new", "C4 sex_differs"
    )


@trap("one telephone in every hand")
def _phones() -> Case:
    written = (
        13800000001, "138-0000-0001", "138 0000 0001", "+86 13800000001", "１３８００００００01", "电话：13800000001",
        "13800000001（本人）", "'13800000001",
    )  # fmt: skip
    rows = [woman(n, phone=each) for n, each in enumerate(written, 1)]
    return case(
        roster(rows), " ".join(["new"] * len(rows)), values={"person.phone": ["13800000001"] * len(rows)}
    )


@trap("landlines, several telephones, telephones that are none")
def _odd_phones() -> Case:
    written = (
        "023-72200000",
        "（023）72200000",
        "72200000",
        2372200000,
        "13800000001/13900000001",
        "1380000000",
    )
    rows = [woman(n, phone=each) for n, each in enumerate(written, 1)]
    return case(
        roster(rows),
        "new new new wrong new new",
        "G6 phone_without_area, G7 phone_lost, G8 phone_several, G9 phone_length",
        {"person.phone": ["023-72200000", "023-72200000", "72200000", None, "13800000001", None]},
    )


@trap("townships with inner spaces, with the county before them, as an address, unknown")
def _towns() -> Case:
    written = ("马武 镇", "涪陵区马武镇", "重庆市涪陵区马武镇", "马武", "马武镇石朝门村三组", "无此镇")
    rows = [woman(n, town=each) for n, each in enumerate(written, 1)]
    return case(roster(rows), " ".join(["new"] * len(rows)), "F8 region_finer, F9 region_unknown")


@trap("the county's name with inner spaces above the table")
def _county() -> Case:
    head = [STATUS_HEAD[0], ("区县（自治县）：涪  陵  区", *STATUS_HEAD[1][1:]), *STATUS_HEAD[2:]]
    return case(xlsx(Page([*head, course(1)])), "new", values={"dates": [_span()]}, table=STATUS)


def _span() -> object:
    from qiaojie.lib.dates import DateSpan

    return DateSpan(date(2019, 3, 1), date(2019, 3, 10))
