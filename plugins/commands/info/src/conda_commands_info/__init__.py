"""`conda info`."""
