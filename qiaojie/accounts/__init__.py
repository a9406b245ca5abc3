"""Agencies, users, what they may do and where; the access log."""

PUBLIC = (
    "addresses",
    "authentication",
    "bulk_opening",
    "closing",
    "contact",
    "corrections",
    "exports",
    "factors",
    "handover",
    "job_viewers",
    "keys",
    "models",
    "names",
    "offices",
    "passwords",
    "queries",
    "rights",
    "sealing",
    "services",
    "triggers",
    "upkeep",
    "viewers",
)
"""Modules that other rooms may import; the rest is this room's own."""
