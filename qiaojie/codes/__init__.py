"""Code lists (代码表) as dated data: what may be chosen where no code branches on it, and from when until when."""

PUBLIC = ("checking", "choices", "models", "preparing", "reading", "services", "standing", "words")
"""Modules that other rooms may import; the rest is this room's own."""
