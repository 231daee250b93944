"""Jobs that the console runs."""
