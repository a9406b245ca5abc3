"""What everything stands on: value kinds, identity numbers, dates, money, text, encryption. No models."""

PUBLIC = (
    "answers",
    "cells",
    "columns",
    "crypto",
    "dates",
    "dialects",
    "discreet_errors",
    "fields",
    "findings",
    "garbage",
    "identity",
    "masks",
    "money",
    "names",
    "numbers",
    "percentages",
    "periods",
    "pinyin",
    "practice",
    "rounding",
    "statistics",
    "text",
    "titles",
    "values",
)
"""Modules that other rooms may import; the rest is this room's own."""
