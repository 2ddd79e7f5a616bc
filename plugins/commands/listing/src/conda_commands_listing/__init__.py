"""`conda list` and `conda compare`."""
