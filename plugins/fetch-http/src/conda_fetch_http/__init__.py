"""http:// and https:// URLs."""
