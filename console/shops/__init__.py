"""The form of a shop and its checks."""
