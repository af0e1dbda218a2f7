"""Measure politeness where it is felt: at servers on many loopback addresses, each a host of its own."""
