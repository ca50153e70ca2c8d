"""Ports for containers: free on every address, given out once, whatever seed a test sets."""

from __future__ import annotations

import random
import socket
import subprocess
import sys

import pytest

from slipway.containers import launch
from slipway.containers.launch import free_port
from tests.conftest import ROOT


def test_ports_are_given_out_once_whatever_the_seed() -> None:
    random.seed(7)
    first = random.getstate()
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) == 200 and all(10_000 <= port < 32_768 for port in ports)
    assert random.getstate() == first


def test_two_processes_with_one_seed_take_different_ports() -> None:
    code = "import random\nfrom slipway.containers.launch import free_port\nrandom.seed(7)\nprint([free_port() for _ in range(3)])"
    taken = [subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert taken[0] != taken[1]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"])
def test_a_port_that_is_used_on_any_address_is_not_free(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    free = free_port()
    with socket.socket() as taken:
        taken.bind((address, free))
        taken.listen()
        other = free_port()
        monkeypatch.setattr(launch, "_reserved", set())
        proposals = iter([free, other])
        monkeypatch.setattr(launch._random, "randint", lambda low, high: next(proposals))
        assert free_port() == other
