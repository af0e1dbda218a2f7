"""Make one output of several folders: the union of what they hold."""
