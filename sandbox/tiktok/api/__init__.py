"""The HTTP API of TikTok Shop: requests, checks, tokens, errors and dispatch."""
