"""The state of a sandbox: its world, tokens, effect log, faults and holds, and how it is saved."""
