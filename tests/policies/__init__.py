"""Tests of the rules, most of them as tables of examples."""
