"""Where rows and files lie: database files encrypted whole, modes of files, faults of database and disk in words. No models."""

PUBLIC = (
    "checks",
    "converting",
    "database_key",
    "encrypted_sqlite.base",
    "faults",
    "files",
    "modes",
    "shape",
    "system_words",
)
"""Modules that other rooms may import; the rest is this room's own."""
