"""What somebody else did to the cluster's topics; each is visible to every client when the call returns."""

from __future__ import annotations

import time

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

WAIT_SECONDS = 10.0


def create(admin: KafkaAdminClient, name: str, partitions: int) -> None:
    """A topic with so many partitions."""
    admin.create_topics(
        {name: {"num_partitions": partitions, "replication_factor": 1}}, wait_for_metadata=True
    )


def keep_for(admin: KafkaAdminClient, name: str, milliseconds: int) -> None:
    """The topic keeps its records for so long; -1 is for ever."""
    fields = {"retention.ms": str(milliseconds)}
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=fields)])
    deadline = time.monotonic() + WAIT_SECONDS
    while _retention(admin, name) != milliseconds:
        assert time.monotonic() < deadline, f"{name}: the change is not seen after {WAIT_SECONDS} s"
        time.sleep(0.05)


def _retention(admin: KafkaAdminClient, name: str) -> int:
    asked = ConfigResource(ConfigResourceType.TOPIC, name)
    (configs,) = next(iter(admin.describe_configs([asked], config_filter="all").values())).values()
    return int(configs["retention.ms"]["value"])
