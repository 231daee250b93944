"""Everything that speaks TikTok Shop: `client/` makes the calls, `listing/` decides what to send."""
