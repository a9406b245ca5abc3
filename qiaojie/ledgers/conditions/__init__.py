"""Conditions: one closed tree, read from data, asked of a database, held against a row or against measures, and said.

Why so, and how unknown values are taken: docs/decisions/0110-one-tree-of-conditions.md.
"""
