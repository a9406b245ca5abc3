"""Ledgers declared as data (自建台账): from a folder to a table, a model and a ledger like every other."""

PUBLIC = (
    "draft_forms",
    "drafting",
    "effects",
    "enforcing",
    "previews",
    "queries",
    "rows.apps",
    "running",
    "services",
)
"""Modules that other rooms may import; the rest is this room's own."""
