"""Notices with targets, duties and forms, and the lists of outside systems."""
