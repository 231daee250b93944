"""Signing in, users, second factors."""
