"""Tests of `/_store`, the pages and the media files."""
