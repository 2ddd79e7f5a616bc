"""Builders of packages and channels, fakes, and one conformance suite for each driver point."""
