"""One index over channels, read from flat repodata."""
