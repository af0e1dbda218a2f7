"""`output/index.html`: where a person starts; it opens from the file system, without a server."""
