"""`make bench`: our crawl and its peers over the same sites; docs/performance.md tells how and what came of it."""
