"""Tokens in the path of a URL, and bearer tokens."""
