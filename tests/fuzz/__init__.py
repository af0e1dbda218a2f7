"""Whatever a stranger sends: the readers against mutations of real bytes, seconds in CI, minutes by `make fuzz`."""
