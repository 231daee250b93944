"""Webhooks: payloads, signatures, the outbox and delivery with retries."""
