"""The config room's specification."""
