"""The engine, as tests: a real SQLite file, and a strict TikTok sandbox where TikTok is called."""
