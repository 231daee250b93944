"""`python -m sandbox kafka`: run the broker until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sandbox.kafka.broker import Broker, BrokerNotStarted, stop_on
from sandbox.kafka.jars import JarNotFetched


def main(arguments: Sequence[str]) -> int:
    """Start the broker, print one line of JSON on standard output when it responds, and wait."""
    parser = argparse.ArgumentParser(prog="m2t sandbox kafka", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(".m2t/kafka"), help="data folder (.m2t/kafka)")
    parser.add_argument(
        "--port",
        type=int,
        help="port, 0 for any free one (default: 9092, or a free one if that is in use)",
    )
    options = parser.parse_args(arguments)
    wanted_port = 0 if options.port == 0 else 9092
    broker = Broker(options.data, port=options.port, wanted_port=wanted_port)
    stop_on(signal.SIGTERM, signal.SIGINT)
    try:
        broker.start(lambda line: print(line, file=sys.stderr, flush=True))
        ready = {"sandbox": "kafka", "bootstrap_servers": broker.bootstrap_servers, "pid": broker.pid}
        print(json.dumps(ready), flush=True)
        while broker.exit_code is None:
            time.sleep(0.2)
        print(f"Kafka ended with {broker.exit_code}; see {broker.data / 'broker.log'}", file=sys.stderr)
        return 1
    except (BrokerNotStarted, JarNotFetched) as error:
        print(f"m2t sandbox kafka: {error}", file=sys.stderr)
        return 1
    finally:
        broker.stop()
