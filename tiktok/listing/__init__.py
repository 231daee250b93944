"""What a TikTok listing should contain, and the calls that lead there. Pure."""
