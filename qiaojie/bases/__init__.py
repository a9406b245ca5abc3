"""Bases and workshops in their first form, and the money paid to support them."""

PUBLIC = ("models",)
"""Modules that other rooms may import; the rest is this room's own."""
