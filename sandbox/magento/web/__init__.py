"""The other HTTP routes: `/_store`, the pages and the media files."""
