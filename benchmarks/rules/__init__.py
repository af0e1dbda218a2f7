"""Micro-benchmarks of the rules, for pytest-benchmark: `make bench-rules`."""
