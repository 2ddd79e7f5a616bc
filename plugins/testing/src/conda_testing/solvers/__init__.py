"""The conformance suite of the point `solvers`: `pytest --pyargs conda_testing.solvers --driver NAME`."""
