"""A small site to practise on."""
