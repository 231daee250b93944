"""The world on one machine: a Kafka broker, a strict TikTok Shop, a Magento store. Imports nothing of the project."""
