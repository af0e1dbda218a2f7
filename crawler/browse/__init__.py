"""Look at an output: what a URL was at an instant, what its text is, where a word stands."""
