"""Tests of the rules of pricing, inventory and image policies."""
