"""Official forms as trees of columns: drawn, filled, printed and read back. No models."""

PUBLIC = (
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
    "scanning",
    "typesetting",
    "writing",
)
"""Modules that other rooms may import; the rest is this room's own."""
