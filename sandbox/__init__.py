"""Part of the world on one machine."""
