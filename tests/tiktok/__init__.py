"""The exit: what would be sent to TikTok, and what its answers mean."""
