"""`conda clean` and `conda package`."""
