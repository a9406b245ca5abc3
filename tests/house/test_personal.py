"""How a personal field is shown is decided in one module. Nobody else asks a viewer, or masks a value on their own judgement."""

import re

from tests.house.source import modules, named

DECIDES = "qiaojie/ledgers/sight.py"

ANSWERS = "qiaojie/accounts/"
"""Where viewers are: they answer what is asked of them."""

MASKING = {
    "qiaojie/lib/values.py": "what each kind of value is masked by",
    "qiaojie/ledgers/queries.py": "shows a value by the sight it was given",
    "qiaojie/reports/sources.py": "puts a value into a form by the sight it was given",
    "qiaojie/intake/presenting/raw_cells.py": "shows a raw cell by the sight of its field",
    "qiaojie/intake/reading/header_mapping.py": "shows samples of a column by the sight of its field",
    "qiaojie/intake/judging/contradictions.py": "sentences that are kept and read by many: always masked",
    "qiaojie/intake/judging/cell_changes.py": "sentences that are kept and read by many: always masked",
    "qiaojie/intake/judging/by_columns/row_persons.py": "sentences that are kept and read by many: always masked",
    "qiaojie/intake/judging/lost_numbers.py": "sentences that are kept and read by many: always masked",
    "qiaojie/intake/vocabulary/outcome.py": "sentences that are kept and read by many: always masked",
}
"""Modules that mask, and why it is not they who decide."""

ASKS = re.compile(r"(?:viewer|account|user)\.sight\(")
MASKS = re.compile(r"\bmasks\.mask_|\.mask\(")

TEXTS = {named(path): path.read_text(encoding="utf-8") for path in modules()}


def test_one_module_decides_how_a_personal_field_is_shown() -> None:
    asking = {name for name, text in TEXTS.items() if ASKS.search(text) and not name.startswith(ANSWERS)}
    assert asking == {DECIDES}


def test_only_modules_that_were_told_how_mask_a_value() -> None:
    assert {name for name, text in TEXTS.items() if MASKS.search(text)} == set(MASKING)
