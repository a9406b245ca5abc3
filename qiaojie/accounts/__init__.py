"""Agencies, users, what they may do and where; the access log."""
