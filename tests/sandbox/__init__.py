"""The sandbox's specification, a folder for each part of the world."""
