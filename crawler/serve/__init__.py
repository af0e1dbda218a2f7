"""Serve an output: pages to browse and watch it, and a JSON API to drive crawls."""
