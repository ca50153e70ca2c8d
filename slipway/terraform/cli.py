"""The terraform CLI as typed calls on one stack folder."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slipway.errors import SlipwayError
from slipway.progress import Reporter, Silent
from slipway.terraform import process
from slipway.terraform.environment import environment
from slipway.terraform.find import find_terraform
from slipway.terraform.ui import Diagnostic, Stream, TerraformError

_CHANGES = 2
_QUICK_SECONDS = 120
_STAMP = Path(".terraform") / "slipway-init"


def _nothing(_address: str, _action: str) -> None:
    """Default observer."""


@dataclass
class Terraform:
    """One stack: `directory` holds its `cdk.tf.json`, `logs` takes the machine-readable output of long commands.

    `variables` are added to the environment of every process, such as credentials of the local AWS; an empty one is unset.
    Every failing call raises TerraformError with Terraform's diagnostics.
    """

    directory: Path
    root: Path
    logs: Path
    reporter: Reporter = field(default_factory=Silent)
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def stack(self) -> str:
        """The stack's name: that of its folder."""
        return self.directory.name

    def init(self) -> None:
        """Initialize the backend and providers; skipped while backend, providers and overrides are as at the last time.

        The configured backend is taken as it is, and nothing is copied into it.
        """
        stamp, mark = self.directory / _STAMP, self._fingerprint()
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == mark:
            return
        stamp.unlink(missing_ok=True)
        with self._one_init_at_a_time():
            self._stream("init", ["-input=false", "-reconfigure"])
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(mark, encoding="utf-8")

    def plan(self, out: Path, *, destroy: bool = False, lock: bool = True) -> bool:
        """Write a plan to `out`; True when it changes anything. `lock=False` only reads, for reviews without write access."""
        out.parent.mkdir(parents=True, exist_ok=True)
        options = ["-input=false", f"-out={out.resolve()}", "-detailed-exitcode", f"-lock={str(lock).lower()}"]
        return self._stream("plan", [*options, *(["-destroy"] if destroy else [])], fine=(0, _CHANGES)) == _CHANGES

    def show(self, plan: Path) -> dict[str, Any]:
        """The plan as Terraform's JSON plan representation."""
        document: dict[str, Any] = json.loads(self._quick("show", "-json", str(plan.resolve())))
        return document

    def apply(self, plan: Path, on_done: Callable[[str, str], None] = _nothing) -> None:
        """Apply a saved plan; `on_done(address, action)` hears of each finished resource."""
        self._stream("apply", ["-input=false", str(plan.resolve())], on_done=on_done)

    def outputs(self) -> dict[str, Any]:
        """Outputs in the state: name -> {value, type, sensitive}."""
        values: dict[str, Any] = json.loads(self._quick("output", "-json"))
        return values

    def force_unlock(self, lock_id: str) -> None:
        """Release a lock by its id."""
        self._quick("force-unlock", "-force", lock_id)

    def state_pull(self) -> dict[str, Any] | None:
        """The whole state, or None when there is none yet."""
        text = self._quick("state", "pull")
        return json.loads(text) if text.strip() else None

    def state_push(self, state: Path) -> None:
        """Write a local state file to the backend; Terraform refuses one with an older serial or another lineage."""
        self._quick("state", "push", str(state.resolve()))

    def log_file(self, command: str) -> Path:
        """Where the output of the last run of `command` is."""
        return self.logs / f"{self.stack}-{command}.jsonl"

    def _environment(self) -> dict[str, str]:
        document = json.loads((self.directory / "cdk.tf.json").read_text(encoding="utf-8"))
        needed = bool(document.get("terraform", {}).get("required_providers") or document.get("provider"))
        merged = {**environment(self.root, need_provider=needed), **self.variables}
        return {name: value for name, value in merged.items() if value or name not in self.variables}

    def _stream(
        self, command: str, options: list[str], *, fine: tuple[int, ...] = (0,), on_done: Callable[[str, str], None] = _nothing
    ) -> int:
        stream = Stream(self.stack, self.reporter, on_done)
        arguments = [str(find_terraform(self.root)), command, "-json", "-no-color", *options]
        code = process.run(arguments, cwd=self.directory, env=self._environment(), log=self.log_file(command), on_line=stream.line)
        self.reporter.waiting(self.stack, "")
        if code not in fine:
            raise stream.error(command, code)
        return code

    def _quick(self, *arguments: str) -> str:
        """A short call whose whole output is wanted."""
        command = [str(find_terraform(self.root)), *arguments]
        try:
            done = subprocess.run(
                command, cwd=self.directory, env=self._environment(), capture_output=True, text=True, timeout=_QUICK_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise SlipwayError(f"terraform {arguments[0]} of {self.stack} gave no answer in {_QUICK_SECONDS} s") from error
        if done.returncode:
            text = re.sub(r"\x1b\[[0-9;]*m|[╷│╵]", "", done.stderr).strip().removeprefix("Error: ")
            said = Diagnostic("error", *text.split("\n", 1))
            raise TerraformError(f"terraform {arguments[0]} of {self.stack} failed: {said}", [said])
        return done.stdout

    def _fingerprint(self) -> str:
        """Changes whenever `init` has to run again: backend, providers, overrides, the binary and the provider source."""
        document = json.loads((self.directory / "cdk.tf.json").read_text(encoding="utf-8"))
        parts = [json.dumps(document.get("terraform", {}), sort_keys=True), str(find_terraform(self.root))]
        parts += [file.read_text(encoding="utf-8") for file in sorted(self.directory.glob("*_override.tf.json"))]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @contextlib.contextmanager
    def _one_init_at_a_time(self) -> Iterator[None]:
        """Terraform's plugin cache does not bear two `init`s at a time."""
        guard = self.root / ".slipway" / "init.lock"
        guard.parent.mkdir(parents=True, exist_ok=True)
        with guard.open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
