"""One JSON document for each command."""
