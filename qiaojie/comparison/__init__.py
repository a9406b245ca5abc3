"""Lists of outside systems held against the registry."""

PUBLIC = ("exporting", "jobs", "models", "queries", "services")
"""Modules that other rooms may import; the rest is this room's own."""
