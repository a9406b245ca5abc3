"""Backups: packets of everything but the keys, made, proved, kept elsewhere, and put back."""

PUBLIC = (
    "databases",
    "key_copies",
    "models",
    "packet_keys",
    "packets",
    "places",
    "queries",
    "restoring",
    "schema",
    "services",
    "swaps",
    "telling",
    "trials",
)
"""Modules that other rooms may import; the rest is this room's own."""
