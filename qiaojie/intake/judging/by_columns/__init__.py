"""Rows of which nothing is to be said, judged column by column."""
