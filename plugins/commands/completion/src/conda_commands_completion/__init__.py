"""Completion of command lines, and `conda commands`."""
