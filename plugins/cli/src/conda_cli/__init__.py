"""The `conda` executable: bootstrap, parsing, dispatch, help, exit status."""
