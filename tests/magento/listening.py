"""A media host on loopback for tests: it counts connections and answers as the test defines."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

Reply: TypeAlias = Callable[[socket.socket, threading.Event], None]
"""Write a response, or anything else, to the connection. The event is set when the test is over."""


@dataclass
class Listener:
    """The port, the number of connections, and the heads of their requests."""

    port: int
    reply: Reply
    connections: int = 0
    heads: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def answer(status: str, body: bytes = b"", **headers: str) -> Reply:
    fields = {
        "content-length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())

    def reply(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)

    return reply


def endless(connection: socket.socket, over: threading.Event) -> None:
    """Send a chunked body without an end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while not over.is_set():
        connection.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")


def drip_head(connection: socket.socket, over: threading.Event) -> None:
    """Send a response head that never ends, byte by byte."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
    while not over.wait(0.02):
        connection.sendall(b"x")


def drip_body(connection: socket.socket, over: threading.Event) -> None:
    """Send a body byte by byte."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
    while not over.wait(0.02):
        connection.sendall(b"x")


def silence(connection: socket.socket, over: threading.Event) -> None:
    over.wait(60)


def hang_up(connection: socket.socket, over: threading.Event) -> None:
    """Close the connection without a response."""


@contextmanager
def listening(reply: Reply = hang_up) -> Iterator[Listener]:
    """Listen on a free port until the end of the block."""
    server = socket.create_server(("127.0.0.1", 0))
    listener = Listener(server.getsockname()[1], reply)

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            listener.heads.append(connection.recv(65_536).decode("latin-1"))
            listener.reply(connection, listener.over)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                listener.connections += 1
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        listener.over.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)
