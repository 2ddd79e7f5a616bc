"""Package archives, verified, extracted and kept."""
