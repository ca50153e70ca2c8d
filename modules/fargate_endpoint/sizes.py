"""CPU and memory that Fargate takes together. Pure.

Amazon ECS developer guide, "Task CPU and memory" of "Amazon ECS task definition differences for Fargate".
"""

from __future__ import annotations

GIB = 1024
MEMORY: dict[int, tuple[int, ...]] = {
    256: (512, GIB, 2 * GIB),
    512: tuple(range(GIB, 4 * GIB + 1, GIB)),
    1024: tuple(range(2 * GIB, 8 * GIB + 1, GIB)),
    2048: tuple(range(4 * GIB, 16 * GIB + 1, GIB)),
    4096: tuple(range(8 * GIB, 30 * GIB + 1, GIB)),
    8192: tuple(range(16 * GIB, 60 * GIB + 1, 4 * GIB)),
    16384: tuple(range(32 * GIB, 120 * GIB + 1, 8 * GIB)),
}
"""CPU units (1024 are one vCPU) -> MiB of memory."""


def problem(cpu: int, memory: int) -> str:
    """What is wrong with the pair; empty when Fargate takes it. `cpu` in CPU units, `memory` in MiB."""
    allowed = MEMORY[cpu]
    if memory in allowed:
        return ""
    nearest = next((size for size in allowed if size >= memory), allowed[-1])
    steps = f"{allowed[0]} to {allowed[-1]}" + (f" in steps of {allowed[2] - allowed[1]}" if len(allowed) > 3 else f": {allowed}")
    return f"memory {memory} does not go with cpu {cpu}: Fargate takes {steps}; the nearest is {nearest}"
