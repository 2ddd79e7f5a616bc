"""The download engine, and file:// URLs."""
