"""What SageMaker's hosting instance types are made of. Generated data in `instance_types.json`; see its `source`."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

_TABLE = Path(__file__).with_name("instance_types.json")


@dataclass(frozen=True)
class InstanceType:
    """One instance type; memory in MiB, `gpus` as EC2 counts them.

    `local_nvme` types have a local disk that encrypts itself, so SageMaker refuses a volume key for them; `burstable`
    types (`ml.t*`) cannot be scaled automatically.
    """

    name: str
    vcpus: int
    memory_mib: int
    gpus: int
    local_nvme: bool
    burstable: bool


@functools.lru_cache(maxsize=1)
def _rows() -> dict[str, dict[str, int | bool]]:
    types: dict[str, dict[str, int | bool]] = json.loads(_TABLE.read_text(encoding="utf-8"))["types"]
    return types


def lookup(name: str) -> InstanceType:
    """The instance type called `name`, such as `ml.m5.large`. Raises `KeyError` for one SageMaker does not offer for hosting."""
    return InstanceType(name, **_rows()[name])  # type: ignore[arg-type]


def names() -> list[str]:
    """Every instance type SageMaker offers for hosting, sorted."""
    return list(_rows())
