"""Hosts and devices: resourceconfig.json, and what this machine has."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainer.documents import read_object
from trainer.failure import TrainingFailed


@dataclass(frozen=True)
class Resources:
    """The job's instances. `config` is the document itself; `hosts` are sorted; `gpus` and `cpus` count this instance's."""

    current_host: str
    hosts: list[str]
    network_interface: str
    instance_type: str
    instance_group: str
    cpus: int
    gpus: int
    config: dict[str, Any] = field(default_factory=dict)


def read(path: Path, devices: Path = Path("/dev")) -> Resources:
    """resourceconfig.json; without one a single host `algo-1`. TrainingFailed when the current host is not among the hosts."""
    config = read_object(path)
    current = str(config.get("current_host", "algo-1"))
    hosts = sorted(map(str, config.get("hosts", [current])))
    if current not in hosts:
        raise TrainingFailed(f"input/config/{path.name}: current_host {current} is not one of hosts {hosts}")
    return Resources(
        current_host=current,
        hosts=hosts,
        network_interface=str(config.get("network_interface_name", "eth0")),
        instance_type=str(config.get("current_instance_type", "")),
        instance_group=str(config.get("current_group_name", "")),
        cpus=len(os.sched_getaffinity(0)),
        gpus=sum(1 for device in devices.glob("nvidia*") if device.name.removeprefix("nvidia").isdigit()),
        config=config,
    )
