"""Dead letters, processed again."""
