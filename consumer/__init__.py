"""The consumer: intake (Kafka events to decisions) and delivery (queued listings to TikTok Shop)."""
