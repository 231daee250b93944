"""Events, the two logs, counters, heartbeats and dead letters."""
