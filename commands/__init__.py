"""The hand tool: `m2t` and its sub-commands."""
