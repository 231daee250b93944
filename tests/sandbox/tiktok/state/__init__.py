"""Tests of the state: tokens and faults."""
