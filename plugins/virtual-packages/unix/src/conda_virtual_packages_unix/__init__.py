"""Virtual packages `__unix` and `__linux`."""
