"""Support: care services."""

PUBLIC = ("models",)
"""Modules that other rooms may import; the rest is this room's own."""
