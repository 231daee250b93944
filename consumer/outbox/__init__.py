"""What leaves the database for Kafka, and what comes in by the quarantine."""
