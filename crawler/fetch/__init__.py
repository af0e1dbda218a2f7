"""Ask the web."""
