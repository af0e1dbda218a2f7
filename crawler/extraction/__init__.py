"""Take items from pages by rules that a person writes down: `rules.toml`, without code."""
