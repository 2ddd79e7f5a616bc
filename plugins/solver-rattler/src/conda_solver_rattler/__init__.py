"""The resolvo solver, through py-rattler."""
