"""The outbox: rows that are published to Kafka, and quarantined webhooks that are read back from it."""
