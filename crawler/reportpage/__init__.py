"""Reports of runs, to be opened in a browser: what was done, what changed, and charts of both."""
