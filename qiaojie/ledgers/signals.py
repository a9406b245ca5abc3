"""Told to whoever keeps something computed from rows: which rows changed. Sent inside the transaction of the change."""

from django.dispatch import Signal

rows_changed = Signal()
"""``touched``: model label → set of keys."""
