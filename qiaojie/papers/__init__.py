"""Papers of a class (打印的表): filled with its names, printed under a number, photographed and taken back by that number."""

PUBLIC = ("models", "queries", "returning", "services")
"""Modules that other rooms may import; the rest is this room's own."""
