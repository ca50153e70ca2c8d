"""What cannot run in a Lambda function. Pure: loads no toolkit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modules.lambda_endpoint.spec import LambdaHosting

Problem = tuple[str, str]
VARIABLES_BYTES = 4096
"""Bytes of all variables of a function together (AWS Lambda quotas)."""
OWN_VARIABLES_BYTES = 1024
"""What the module's own variables take of them at most."""
_RESERVED = re.compile(
    r"_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_REGION|REGION|EXECUTION_ENV|ACCESS_KEY(_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN)"
    r"|AWS_LAMBDA_.*|LAMBDA_(TASK_ROOT|RUNTIME_DIR)"
)
_MIB = 1024 * 1024


def check_variables(values: dict[str, str]) -> Iterator[Problem]:
    """`(variable, message)` of the model's variables that Lambda refuses. Lambda's developer guide: reserved variables, quotas."""
    for name in values:
        if _RESERVED.fullmatch(name):
            yield name, f"Lambda sets {name} itself and refuses it"
    size = sum(len(name.encode()) + len(value.encode()) for name, value in values.items())
    if size > VARIABLES_BYTES - OWN_VARIABLES_BYTES:
        yield "", f"the variables have {size} bytes; Lambda takes {VARIABLES_BYTES}, of which {OWN_VARIABLES_BYTES} are the function's own"


def check_artifact(hosting: LambdaHosting, size: int) -> str:
    """Why an archive of `size` bytes cannot be unpacked in the function's /tmp; empty when nothing is known against it.

    The archive lies there beside what is in it, which is no smaller than half as large again for any model worth compressing.
    """
    room = hosting.ephemeral_storage * _MIB
    if 2 * size <= room:
        return ""
    need = -(-2 * size // _MIB)
    if need > 10_240:
        return f"its archive has {size} bytes: with what is in it, it is more than the 10240 MiB that Lambda gives at most"
    return f"its archive has {size} bytes: ephemeral_storage must be {need} MiB at least, for it and what is in it"
