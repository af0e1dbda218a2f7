"""Keep the browsable copy."""
