"""Transactions on a prefix."""
