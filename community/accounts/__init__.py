"""Accounts: joining, signing in and out, the reader's language."""
