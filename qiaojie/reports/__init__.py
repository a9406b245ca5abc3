"""Official forms filled from ledgers and measures."""

PUBLIC = (
    "call_list",
    "class_catalogue",
    "class_file",
    "class_roster",
    "classes",
    "dossier",
    "filling",
    "leading",
    "leading_file",
    "listing",
    "money",
    "onepage",
    "pace",
    "same_things",
    "sources",
    "used_forms",
)
"""Modules that other rooms may import; the rest is this room's own."""
