"""Virtual package `__win`."""
