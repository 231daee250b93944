"""The HTTP API of TikTok Shop: request checks, and the dispatch of admitted calls."""
