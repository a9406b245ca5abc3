"""Screens: the desk for staff. They ask queries and services and show the answer; they decide nothing."""

PUBLIC = ("watch",)
"""Modules that other rooms may import; the rest is this room's own."""
