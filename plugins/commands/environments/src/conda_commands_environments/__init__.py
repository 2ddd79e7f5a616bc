"""`conda create`, `install` and `remove`."""
