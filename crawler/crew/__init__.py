"""Further engine processes of a run."""
