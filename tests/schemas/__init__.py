"""Tests of the shapes: what is read, what is refused, and with which message."""
