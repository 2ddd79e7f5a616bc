"""Settings out of .condarc files, as layers of the context."""
