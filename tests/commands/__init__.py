"""The commands room's specification."""
