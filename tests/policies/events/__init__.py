"""Tests of what a product event does to its product."""
