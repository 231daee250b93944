"""Every Kafka client: producers, consumers, the reader and the administration of topics."""
