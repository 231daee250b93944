"""The rules: pure functions over the shapes of `schemas`; no input or output, no clock."""
