"""The switches: settings, read once from the environment."""
