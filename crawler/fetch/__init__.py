"""Ask the web."""

from crawler.fetch.address import is_public

__all__ = ["is_public"]
