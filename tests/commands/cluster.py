"""Changes to a cluster's topics, made by another client; each is visible to all when the call returns."""

from __future__ import annotations

import time

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

WAIT_SECONDS = 10.0


def create(admin: KafkaAdminClient, name: str, partitions: int) -> None:
    """Create a topic with this number of partitions."""
    admin.create_topics(
        {name: {"num_partitions": partitions, "replication_factor": 1}}, wait_for_metadata=True
    )


def keep_for(admin: KafkaAdminClient, name: str, milliseconds: int) -> None:
    """Set the topic's retention in milliseconds; -1 keeps records forever."""
    fields = {"retention.ms": str(milliseconds)}
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=fields)])
    deadline = time.monotonic() + WAIT_SECONDS
    while _retention(admin, name) != milliseconds:
        assert time.monotonic() < deadline, f"{name}: the change is not seen after {WAIT_SECONDS} s"
        time.sleep(0.05)


def _retention(admin: KafkaAdminClient, name: str) -> int:
    resource = ConfigResource(ConfigResourceType.TOPIC, name)
    (configs,) = next(iter(admin.describe_configs([resource], config_filter="all").values())).values()
    return int(configs["retention.ms"]["value"])
