"""Deciding events, desired states, resync jobs and simulations: shared by the consumer and by `operations`."""
