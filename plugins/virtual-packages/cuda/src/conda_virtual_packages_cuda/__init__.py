"""Virtual package `__cuda`."""
