"""Notices of channels (CEP 6)."""
