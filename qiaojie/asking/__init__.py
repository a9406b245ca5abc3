"""Numbers that somebody asks for at noon (临时要数): a ledger parted two ways, kept, and held beside what was answered before."""

PUBLIC = ("answers", "counting", "files", "models", "queries", "questions", "services", "usual", "wording")
"""Modules that other rooms may import; the rest is this room's own."""
