"""Virtual packages `__cuda` and `__cuda_arch`."""
