"""Livelihoods: jobs, businesses and home work; what is done for graduates looking for one."""

PUBLIC = ("ledger", "models", "services")
"""Modules that other rooms may import; the rest is this room's own."""
