"""Wrap a browser that sees nothing but what it is given."""
