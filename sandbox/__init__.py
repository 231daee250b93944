"""Local stand-ins: a Kafka broker, a strict TikTok Shop and a Magento store. Imports nothing else."""
