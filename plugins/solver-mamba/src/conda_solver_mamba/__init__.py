"""The solvers that mamba stands on: libsolv itself, and libsolv through libmambapy."""
