"""The engine: intake (Kafka to decisions) and delivery (pending syncs to TikTok Shop)."""
