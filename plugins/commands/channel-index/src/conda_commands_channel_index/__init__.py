"""`conda channel-index`: a folder of packages becomes a channel."""
