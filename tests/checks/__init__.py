"""The checks of `make check` find what they look for."""
