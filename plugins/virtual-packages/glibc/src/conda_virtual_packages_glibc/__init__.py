"""Virtual package `__glibc`."""
