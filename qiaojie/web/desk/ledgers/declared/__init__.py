"""Ledgers that an office makes for itself (自建台账): drafted, looked at, put in force by an administrator."""
