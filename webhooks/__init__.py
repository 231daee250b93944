"""The webhook endpoint: verify the sender, read the product events, publish them to Kafka."""
