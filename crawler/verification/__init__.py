"""Find out whether an output is whole: mirror, archive and database, each against the others."""
