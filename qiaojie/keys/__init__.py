"""The keys of an installation: the file that holds them, the mark by which the database knows them, their exchange."""

PUBLIC = ("declared", "exchange", "file", "jobs", "renewal", "standing", "taking")
"""Modules that other rooms may import; the rest is this room's own."""
