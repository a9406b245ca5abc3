"""Rows of ledgers: lists, single rows, classes and persons with their papers."""
