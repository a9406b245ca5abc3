"""Training: classes and who attended them."""

PUBLIC = ("ledger", "models", "register", "services")
"""Modules that other rooms may import; the rest is this room's own."""
