"""Work that goes on behind the screens: queued, claimed, watched, taken up again, cancelled."""

PUBLIC = ("models", "nightly", "queries", "services", "worker")
"""Modules that other rooms may import; the rest is this room's own."""
