"""`conda doctor`."""
