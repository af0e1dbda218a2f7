"""Spiders of the Python peers; they run as scripts in the peers' own environment, never in ours."""
