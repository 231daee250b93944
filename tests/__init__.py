"""The specification, a folder for each room."""
