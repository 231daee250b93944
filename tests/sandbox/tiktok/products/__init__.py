"""Tests of products and what is done to them."""
