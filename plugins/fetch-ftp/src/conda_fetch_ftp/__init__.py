"""ftp:// URLs."""
