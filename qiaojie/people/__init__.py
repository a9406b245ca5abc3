"""Persons, their households, certificates and statuses through time; who is who."""

PUBLIC = (
    "bulk_lookup",
    "deriving",
    "doubts",
    "fields",
    "household_proposals",
    "households",
    "identification",
    "issuing",
    "ledger",
    "likeness",
    "likeness.learning",
    "likeness.weights",
    "lookups",
    "merging",
    "models",
    "queries",
    "relocation_lists",
    "relocations",
    "search",
    "services",
)
"""Modules that other rooms may import; the rest is this room's own."""
