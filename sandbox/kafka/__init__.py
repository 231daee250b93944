"""A real Apache Kafka broker on one machine, from its published jars."""

from sandbox.kafka.broker import Broker, BrokerNotStarted, DataInUse

__all__ = ["Broker", "BrokerNotStarted", "DataInUse"]
