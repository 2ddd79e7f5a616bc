"""`conda why` and `conda why-not`."""
