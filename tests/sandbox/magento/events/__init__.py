"""The events of each act: which, in which order, with which keys and types."""
