"""What a TikTok listing should hold, and the calls that bring it there. Pure."""
