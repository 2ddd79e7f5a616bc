"""Virtual package `__osx`."""
