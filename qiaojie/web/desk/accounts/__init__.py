"""Signing in, accounts and agencies, keys, the access log."""
