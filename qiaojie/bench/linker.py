"""The other side of the comparison with finding: Splink on the same rows, with what its documentation advises for such data.

It is given the sound of each name as a column, trains itself on both sides, and may keep the model it has learnt. Whom it links
with, it has to read first: the registered lie in a database, their telephones sealed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas
import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from qiaojie.lib.pinyin import syllables

from .damage import LabelledRow, Woman

PAIRS = 1e8
"""Pairs of which Splink learns how often others agree by chance: its documentation says 1e7 for trying out, 1e9 for the
model that is kept."""


class Splink:
    """Rows held against the registered: both sides as tables, a model, links by threshold."""

    def __init__(self, read: Callable[[], Iterable[Woman]], rows: Sequence[LabelledRow]) -> None:
        self.read, self.said = read, rows
        self.registered = self.rows = pandas.DataFrame()
        self.model: dict[str, Any] | None = None

    def load(self) -> None:
        """Read both sides."""
        self.registered = _frame(self.read())
        self.rows = _frame(row.said for row in self.said)

    def train(self) -> None:
        """Learn a model from both sides, and keep it."""
        linker = self._linker(_settings())
        certain = [block_on("name", "birth"), block_on("phone", "birth"), block_on("name", "phone")]
        linker.training.estimate_probability_two_random_records_match(certain, recall=0.9)
        linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS, seed=1)
        for rule in (block_on("birth"), block_on("name")):
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        self.model = json.loads(json.dumps(linker.misc.save_model_to_json()))

    def link(self) -> pandas.DataFrame:
        """Pairs that may be one woman's by the model kept: places on either side (``row``, ``woman``) and the odds in bits
        (``weight``)."""
        assert self.model is not None
        linker = self._linker(self.model)
        found = linker.inference.predict(threshold_match_weight=-4).as_pandas_dataframe()
        left = found["source_dataset_l"] == "registered"
        return pandas.DataFrame(
            {
                "woman": found["unique_id_l"].where(left, found["unique_id_r"]),
                "row": found["unique_id_r"].where(left, found["unique_id_l"]),
                "weight": found["match_weight"],
            }
        )

    def _linker(self, settings: Any) -> Linker:
        logging.getLogger("splink").setLevel(logging.ERROR)
        database = DuckDBAPI()
        tables = [
            database.register(self.registered, dataset_display_name="registered"),
            database.register(self.rows, dataset_display_name="rows"),
        ]
        return Linker(tables, settings, log_level=None)


def best(links: pandas.DataFrame, rows: Sequence[LabelledRow], least: float) -> tuple[float, float]:
    """Precision and recall where each row is taken for the one who is likeliest, from so many bits on."""
    taken = links[links["weight"] >= least].sort_values("weight").drop_duplicates("row", keep="last")
    right = sum(rows[row].meant == woman for row, woman in zip(taken["row"], taken["woman"], strict=True))
    return right / max(len(taken), 1), right / sum(row.meant is not None for row in rows)


def _frame(women: Iterable[Woman]) -> pandas.DataFrame:
    return pandas.DataFrame(
        [
            {
                "unique_id": place,
                "name": one.name,
                "sound": " ".join(syllables(one.name)),
                "birth": one.birth.isoformat() if one.birth else None,
                "phone": one.phone or None,
                "town": str(one.town),
            }
            for place, one in enumerate(women)
        ]
    )


def _settings() -> SettingsCreator:
    name = comparisons.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            levels.NullLevel("name"),
            levels.ExactMatchLevel("name", term_frequency_adjustments=True),
            levels.ExactMatchLevel("sound"),
            levels.LevenshteinLevel("name", 1),
            levels.ElseLevel(),
        ],
    )
    birth = comparisons.CustomComparison(
        output_column_name="birth",
        comparison_levels=[
            levels.NullLevel("birth"),
            levels.ExactMatchLevel("birth"),
            levels.DamerauLevenshteinLevel("birth", 1),
            levels.CustomLevel("substr(birth_l, 1, 4) = substr(birth_r, 1, 4)", "same year"),
            levels.ElseLevel(),
        ],
    )
    return SettingsCreator(
        link_type="link_only",
        comparisons=[
            name,
            birth,
            comparisons.DamerauLevenshteinAtThresholds("phone", 1),
            comparisons.ExactMatch("town"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("birth"),
            block_on("phone"),
            block_on("sound", "town"),
            block_on("name", "substr(birth, 1, 4)"),
        ],
    )
