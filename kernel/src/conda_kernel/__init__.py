"""Extension points, plugin index, context and data model of the conda package manager."""
