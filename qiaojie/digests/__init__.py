"""What every row said last night: kept as sealed hashes, compared the next night, explained by what the product wrote itself."""

PUBLIC = ("checks", "models", "queries", "services")
"""Modules that other rooms may import; the rest is this room's own."""
