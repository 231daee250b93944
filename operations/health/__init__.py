"""The checks of the whole set-up."""
