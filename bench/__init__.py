"""Benchmarks: ratios of two things that are measured alternately."""
