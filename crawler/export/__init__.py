"""What was crawled, in other forms: `formats` has the table, each form a module of its own."""
