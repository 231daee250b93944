"""What people and other programs rely on from outside: commands, settings, files, records, metrics, logs, addresses."""
