"""`conda search`."""
