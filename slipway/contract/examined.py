"""What a container under test is, whether it serves or trains: its image, where it runs, and its end."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from slipway.contract.image import Facts, read_facts
from slipway.contract.processes import kill_processes_of
from slipway.contract.settings import Settings
from slipway.progress import Reporter, Silent

if TYPE_CHECKING:
    from slipway.containers.running import Running
    from slipway.containers.source import Source

T = TypeVar("T")


@dataclass(kw_only=True)
class Examined:
    """An image under test. `folder` is the tester's own, one sub-folder per started container.

    `engine`: run it by docker or podman although it has a process form.
    """

    source: Source
    folder: Path
    engine: bool = False
    settings: Settings = field(default_factory=Settings)
    reporter: Reporter = field(default_factory=Silent)
    _running: Running | None = None
    _count: int = 0
    _memo: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def facts(self) -> Facts:
        """What the image says about itself."""
        return read_facts(self.source)

    @cached_property
    def in_engine(self) -> bool:
        """Whether docker or podman runs it."""
        from slipway.containers.source import EngineImage

        return self.engine or isinstance(self.source, EngineImage)

    def memo(self, name: str, make: Callable[[], T]) -> T:
        """What several clauses need, made once."""
        if name not in self._memo:
            self._memo[name] = make()
        found: T = self._memo[name]
        return found

    def send_sigterm(self, running: Running, grace: float) -> None:
        """SIGTERM to the container's main process, without waiting. An engine sends SIGKILL after `grace` seconds."""
        if self.in_engine:
            threading.Thread(target=running.terminate, args=(grace,), daemon=True).start()
        else:
            os.kill(running.pid, signal.SIGTERM)

    def discard(self) -> None:
        """End the container that runs now, if any."""
        if self._running is not None:
            self._running.kill()
            self._running = None

    def close(self) -> None:
        """End everything, processes that outlived their container too, and remove the folders."""
        self.discard()
        kill_processes_of(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)
