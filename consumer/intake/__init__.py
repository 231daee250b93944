"""Intake: turn records from Kafka into decisions."""
