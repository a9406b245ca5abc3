"""Boards: how far the indicators of a notice have come, and who is behind every number."""
