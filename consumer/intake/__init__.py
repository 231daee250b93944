"""Intake: records from Kafka become decisions."""
