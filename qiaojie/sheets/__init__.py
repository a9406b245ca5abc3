"""Raw workbooks: what a file is, and its cells with their true addresses. No models."""

PUBLIC = ("book", "file_limits", "marking", "marks", "reading", "visibility")
"""Modules that other rooms may import; the rest is this room's own."""
