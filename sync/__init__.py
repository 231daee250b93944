"""Deciding and resyncing, shared by the consumer and by what people ask for."""
