"""Tests of the rules that a product has to meet."""
