"""The HTTP client of the TikTok Shop API: signing, tokens, errors, rate limit."""
