"""Tests of the controls of the sandbox."""
