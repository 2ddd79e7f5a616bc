"""Logins out of the keyring of the operating system."""
