"""TikTok's HTTP protocol: endpoints, signed requests, fields of a body, error codes."""
