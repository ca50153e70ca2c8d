"""What an environment really runs, by the digests in its ledger: the proof that a promotion needs."""

from __future__ import annotations

from collections.abc import Mapping

from slipway.config.release import ModelRelease
from slipway.deploy.revisions import Ledger, Revision
from slipway.errors import SlipwayError


def prove(ledger: Ledger, entries: Mapping[str, ModelRelease]) -> Revision:
    """The revision by which the environment came to run exactly `entries`: the same archives and the same image digests.

    SlipwayError when no deploy of its serving stack is recorded, or the last one ran anything else.
    """
    name = ledger.environment
    running = ledger.serving()
    if running is None:
        raise SlipwayError(f"no deploy of {name} is recorded, so nothing shows that it ran these releases", fix=f"slipway deploy {name}")
    for key, entry in sorted(entries.items()):
        if _bytes(running.models.get(key, {})) != _bytes(entry.model_dump(exclude_none=True)):
            raise SlipwayError(
                f"{name} does not run what its lock file says for {key}: revision {running.revision} of {running.time} ran something else",
                fix=f"deploy {name} first, test it there, then promote",
                details={"revision": running.revision, "model": key},
            )
    return running


def _bytes(entry: Mapping[str, object]) -> tuple[object, object]:
    return entry.get("image"), entry.get("artifact")
