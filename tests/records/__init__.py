"""Tests of records/, on real databases."""
