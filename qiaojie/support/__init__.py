"""Support: care services."""
