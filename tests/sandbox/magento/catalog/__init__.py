"""Tests of the store's data."""
