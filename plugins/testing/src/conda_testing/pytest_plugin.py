"""What conda-testing adds to pytest."""
