"""Find the links of a response."""
