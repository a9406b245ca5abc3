"""Official forms as trees of columns: drawn, filled, printed and read back. No models."""

PUBLIC = (
    "bindings",
    "blocks",
    "columns",
    "defining",
    "form",
    "grid",
    "headers",
    "html",
    "leftovers",
    "lines",
    "matching",
    "question_headers",
    "scanning",
    "stated_once",
    "typesetting",
    "writing",
)
"""Modules that other rooms may import; the rest is this room's own."""
