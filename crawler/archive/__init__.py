"""Keep what the servers sent."""
