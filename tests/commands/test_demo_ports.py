"""Reserved ports: no other process gets one between its choice and the start of its server."""

from __future__ import annotations

import socket

import pytest

from commands.demo_world.processes import ReservedPorts
from tests.ports import free_port


def test_a_reserved_port_is_given_to_no_other_socket_and_its_server_listens_there() -> None:
    with ReservedPorts() as ports:
        port = ports.reserve()
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        with socket.create_server(("127.0.0.1", port)) as server:
            assert server.getsockname()[1] == port


def test_reserved_ports_are_different() -> None:
    with ReservedPorts() as ports:
        assert len({ports.reserve() for _ in range(50)}) == 50


def test_a_port_in_use_is_replaced_by_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ReservedPorts() as ports:
        in_use = server.getsockname()[1]
        assert ports.reserve(in_use) != in_use


def test_a_reservation_ends_with_its_context() -> None:
    with ReservedPorts() as ports:
        port = ports.reserve()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))


def test_a_port_without_a_context_stays_reserved_until_the_process_ends() -> None:
    port = free_port()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    with socket.create_server(("127.0.0.1", port)) as server:
        assert server.getsockname()[1] == port
