"""The dated tree of divisions and zones, their successions, and the editions in which notices list them."""

PUBLIC = ("areas", "editions", "former_codes", "models", "queries", "residence", "services")
"""Modules that other rooms may import; the rest is this room's own."""
