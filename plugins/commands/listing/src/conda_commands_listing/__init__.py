"""`conda list`."""
