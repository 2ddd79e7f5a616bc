"""`conda plugins`."""
