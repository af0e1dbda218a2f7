"""Crawl with workers on many machines over one frontier on a server."""
