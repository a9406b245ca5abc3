"""Screens: the desk for staff. They ask queries and services and show the answer; they decide nothing."""

PUBLIC = ("components.sealed_text", "desk.today.search", "watch")
"""Modules that other rooms may import; the rest is this room's own."""
