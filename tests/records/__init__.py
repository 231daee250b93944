"""The memory, as tests: every one on a real SQLite file."""
