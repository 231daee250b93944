"""The demo's ports: none is given to another process between its choice and the start of its server."""

from __future__ import annotations

import socket
import sys

import pytest

from commands.demo_world.processes import ReservedPorts

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="ports are only held on Linux")


def test_a_kept_port_goes_to_no_one_else_and_its_server_listens_there() -> None:
    with ReservedPorts() as ports:
        port = ports.hold()
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        with socket.create_server(("127.0.0.1", port)) as server:
            assert server.getsockname()[1] == port


def test_the_ports_kept_together_are_different() -> None:
    with ReservedPorts() as ports:
        assert len({ports.hold() for _ in range(50)}) == 50


def test_a_port_that_is_served_is_replaced_by_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ReservedPorts() as ports:
        taken = server.getsockname()[1]
        assert ports.hold(taken) != taken


def test_a_port_is_given_back_at_the_end() -> None:
    with ReservedPorts() as ports:
        port = ports.hold()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
