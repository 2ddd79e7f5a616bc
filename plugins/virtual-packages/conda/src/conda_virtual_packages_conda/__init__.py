"""Virtual package `__conda`."""
