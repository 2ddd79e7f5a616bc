"""Basic authentication, and logins out of .netrc."""
