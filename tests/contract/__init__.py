"""The external contract: commands, settings, files, records, metrics, logs and addresses."""
