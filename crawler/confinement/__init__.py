"""Read heavy texts in a process of their own that can be killed."""
