"""The rules: pure functions over the shapes of `schemas`, without I/O; time is a parameter."""
