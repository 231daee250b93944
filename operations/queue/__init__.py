"""The listings that wait for TikTok, and what each waits for."""
