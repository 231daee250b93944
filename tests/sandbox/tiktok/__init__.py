"""The TikTok sandbox's specification."""
