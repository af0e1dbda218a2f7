"""What is measured and never asserted: `make bench`, `make bench-rules`, `make bench-frontier`."""
