"""Intake (导入): a workbook that somebody handed in is read, planned against the registry, committed, and undone if wrong."""

PUBLIC = (
    "deliveries",
    "editing",
    "editing_many",
    "entering",
    "handed_in",
    "jobs",
    "learning",
    "mending",
    "models",
    "owners_lists",
    "proving",
    "public",
    "queries",
    "services",
)
"""Modules that other rooms may import; the rest is this room's own."""
