"""How alike two descriptions of a person are, and who of the registry may be meant: one engine for a row and for a million.

``traits`` names the levels of agreement, ``levels`` finds them, ``weights`` says what each weighs, ``scoring`` adds up,
``candidates`` reads who comes into question, ``searching`` holds many descriptions against the registry.
"""

from .scoring import (
    UNKNOWN,
    Alike,
    Commonness,
    Grade,
    Likeness,
    Profile,
    Rarity,
    Score,
    Weighed,
    compare,
    force,
    grade,
    graded,
    score,
    weighed,
)
from .searching import Numberless, common_among, numberless, profiles, said, search, suspects
from .traits import BIRTHS, Trait, ordered, reasons

__all__ = [
    "BIRTHS",
    "UNKNOWN",
    "Alike",
    "Commonness",
    "Grade",
    "Likeness",
    "Numberless",
    "Profile",
    "Rarity",
    "Score",
    "Trait",
    "Weighed",
    "common_among",
    "compare",
    "force",
    "grade",
    "graded",
    "numberless",
    "ordered",
    "profiles",
    "reasons",
    "said",
    "score",
    "search",
    "suspects",
    "weighed",
]
