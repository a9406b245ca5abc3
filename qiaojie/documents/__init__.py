"""Documents: papers and photos kept as evidence of a row of any ledger."""

PUBLIC = ("handing_in", "ledger", "models", "queries", "sanitising", "services")
"""Modules that other rooms may import; the rest is this room's own."""
