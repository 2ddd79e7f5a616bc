"""Virtual package `__archspec`."""
