"""Jobs and their pages."""
