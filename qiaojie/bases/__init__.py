"""Bases and workshops in their first form, and the money paid to support them."""
