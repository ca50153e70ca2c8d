"""Answers to calls that an SDK sends again.

A client that loses the answer to a call repeats it under the same `amz-sdk-invocation-id`. The first one has taken effect, so
the second would fail: "already exists", or a lock that its own holder has. AWS's own services cope with that in many places;
here every change that succeeded is answered again as it was, as long as it is remembered.
"""

from __future__ import annotations

from collections import OrderedDict

from slipway.localaws.request import Call, Environ
from slipway.localaws.responses import Answer

REMEMBERED = 2048
"""Answers kept, the newest; a retry follows within seconds."""


class Retries:
    """Successful answers of changing calls by invocation. Not thread-safe: used under the lock of the calls themselves."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[str, str, str, str], Answer] = OrderedDict()

    def answered(self, call: Call, environ: Environ) -> Answer | None:
        """What the same invocation was answered before."""
        key = _key(call, environ)
        return self._answers.get(key) if key else None

    def remember(self, call: Call, environ: Environ, answer: Answer) -> None:
        """Keep the answer of a change that succeeded."""
        key = _key(call, environ)
        if key and answer.status < 400:
            self._answers[key] = answer
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)

    def clear(self) -> None:
        """Forget everything, with the state that it belonged to."""
        self._answers.clear()


def _key(call: Call, environ: Environ) -> tuple[str, str, str, str] | None:
    invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID", "")
    return (invocation, call.method, call.path, call.query) if invocation and call.mutates else None
