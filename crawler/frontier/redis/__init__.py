"""Keep a frontier on a Redis or Valkey server, for workers on many machines."""
