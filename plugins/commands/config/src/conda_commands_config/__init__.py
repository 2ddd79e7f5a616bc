"""`conda config`: shows settings and edits `.condarc` files."""
