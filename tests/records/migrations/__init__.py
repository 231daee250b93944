"""Tests of records/migrations."""
