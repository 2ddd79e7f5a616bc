"""The default solver: lazy, learning, in plain Python."""
