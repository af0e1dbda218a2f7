"""Settings that every test shares."""

from hypothesis import settings

# How long one example takes says more about the machine's other work than about the code.
settings.register_profile("any-machine", settings.default, deadline=None)
settings.load_profile("any-machine")
