"""Told to whoever keeps something computed from rows: which rows change. Sent inside the transaction of the change."""

from django.dispatch import Signal

rows_changing = Signal()
"""Before rows are deleted. ``touched``: model label → set of keys; ``memo``: a dict handed on to ``rows_changed``."""

rows_changed = Signal()
"""After the change. ``touched`` as above; ``memo`` only where ``rows_changing`` was sent."""
