"""Runs one build: fetches the source, runs the buildspec's phases, uploads the artifacts (user guide, "Build phase transitions")."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from slipway.localaws.codebuild import artifacts, caches, places, sources, variables
from slipway.localaws.codebuild.build import Build
from slipway.localaws.codebuild.buildspec import Buildspec, Phase, Unreadable, parse
from slipway.localaws.codebuild.output import Output
from slipway.localaws.codebuild.shell import Shell, Stopped, TimedOut

LOG = logging.getLogger("slipway.localaws")
SECONDS_PER_MINUTE = 60.0
"""Of timeoutInMinutes. Commands take real time, so it is not scaled by SLIPWAY_LOCAL_SPEED."""
_DEFAULT_FILE = "buildspec.yml"
_FINALLY_SECONDS = 300.0


class _Failed(Exception):
    """A phase failed: status code and message."""


class Runner:
    """One build at work. `stop` may be called from any thread."""

    def __init__(self, build: Build) -> None:
        self.build = build
        logs = build.members["logs"]
        self._output = Output(build.account, build.region, logs["groupName"], logs["streamName"])
        self._shell: Shell | None = None
        self._stopped = False
        self._deadline = float("inf")

    def stop(self) -> None:
        """End it as soon as possible."""
        self._stopped = True
        if self._shell is not None:
            self._shell.stop()

    def run(self) -> None:
        """From the queue to the end; whatever happens, the build is complete afterwards and its folder gone."""
        self._deadline = time.monotonic() + self.build.members["timeoutInMinutes"] * SECONDS_PER_MINUTE
        folder = places.new_folder()
        status = "FAULT"
        try:
            status = self._run(folder)
        except TimedOut:
            status = "TIMED_OUT"
            self.build.leave("TIMED_OUT", "BUILD_TIMED_OUT", f"Build has timed out. {self.build.members['timeoutInMinutes']} minutes")
        except Stopped:
            status = "STOPPED"
            self.build.leave("STOPPED")
        except Exception as reason:
            LOG.exception("build %s broke", self.build.id)
            self.build.leave("FAULT", "INTERNAL_SERVICE_ERROR", f"{type(reason).__name__}: {reason}")
        finally:
            if self._shell is not None:
                self._shell.close()
            self._output.flush()
            places.remove(folder)
            self.build.complete(status)

    def _run(self, folder: Path) -> str:
        self.build.leave("SUCCEEDED")
        self.build.enter("PROVISIONING")
        home = folder / "home"
        home.mkdir()
        self.build.leave("SUCCEEDED")
        try:
            spec, found = self._download(folder, home)
        except _Failed:
            return self._finish("FAILED", None)
        succeeded = self._phases(spec)
        uploads = succeeded != "skipped" and self._upload(spec, found)
        return self._finish("SUCCEEDED" if succeeded == "succeeded" and uploads else "FAILED", spec)

    def _download(self, folder: Path, home: Path) -> tuple[Buildspec, dict[str, Path]]:
        """Sources, buildspec, variables, cache and shell: what comes before the first command."""
        self._enter("DOWNLOAD_SOURCE")
        try:
            found = self._sources(folder)
            spec = parse(self._buildspec(found[""]))
            user = variables.resolved(self.build, spec)
        except (sources.NotFetched, variables.NotResolved, Unreadable) as error:
            code = "YAML_FILE_ERROR" if isinstance(error, Unreadable) else "CLIENT_ERROR"
            self._leave("FAILED", code, str(error))
            raise _Failed from error
        project = self.build.project
        own = places.cache(self.build.account, self.build.region, project["name"]) if project["cache"]["type"] != "NO_CACHE" else None
        for path in caches.link(found[""], home, spec.cache, own):
            self._output.say(f"Linked {path} to the cache")
        environ = variables.environment(self.build, user, found, home)
        scratch = folder / "shell"
        scratch.mkdir()
        self._shell = Shell(found[""], scratch, environ, self._output.raw)
        if self._stopped:
            raise Stopped
        self._leave("SUCCEEDED")
        return spec, found

    def _sources(self, folder: Path) -> dict[str, Path]:
        build = self.build
        primary = folder / "output" / "src" / "source"
        found = {"": primary}
        if build.pipeline is None:
            version = build.members.get("sourceVersion", "")
            fetched = sources.fetch(build.account, build.region, build.project["source"], version, primary)
        else:
            (name, first), *others = build.pipeline.inputs.items()
            fetched = sources.from_pipeline(build.account, build.region, *first, primary)
            found[name] = primary
            for other, place in others:
                found[other] = folder / "output" / other / "source"
                sources.from_pipeline(build.account, build.region, *place, found[other])
        if version := fetched.version or (build.pipeline.version if build.pipeline else ""):
            build.members["resolvedSourceVersion"] = version
        return found

    def _buildspec(self, source: Path) -> str:
        """The project's own text, or the file that it names below the source."""
        given = self.build.project["source"].get("buildspec") or _DEFAULT_FILE
        if "\n" in given or given.lstrip().startswith(("{", "version:")):
            return str(given)
        file = source / given
        if not file.is_file():
            raise Unreadable(f"stat {given}: no such file or directory")
        return file.read_text(encoding="utf-8")

    def _phases(self, spec: Buildspec) -> str:
        """`succeeded`, `failed` (artifacts are uploaded all the same), or `skipped` when it ended before there could be any."""
        result = "succeeded"
        for name in ("install", "pre_build", "build", "post_build"):
            phase = spec.phases.get(name, Phase())
            if self._phase(name, phase) or phase.on_failure == "CONTINUE":
                continue
            if name != "build" or phase.on_failure == "ABORT":
                return "skipped"
            result = "failed"
            self._require_shell().set("CODEBUILD_BUILD_SUCCEEDING", "0")
        return result

    def _phase(self, name: str, phase: Phase) -> bool:
        """Run one phase. Its `finally` runs in any case, and fails the phase when it fails itself."""
        self._enter(name.upper())
        failure = self._commands(phase.commands, self._deadline)
        last = self._commands(phase.last, max(self._deadline, time.monotonic() + _FINALLY_SECONDS)) if phase.last else ""
        problem = failure or last
        self._leave("FAILED" if problem else "SUCCEEDED", "COMMAND_EXECUTION_ERROR" if problem else "", problem)
        return not problem

    def _commands(self, commands: tuple[str, ...], deadline: float) -> str:
        """Run commands until one fails; returns what CodeBuild says about that one."""
        for command in commands:
            self._output.say(f"Running command {command}")
            code = self._require_shell().run(command, deadline)
            if code:
                text = f"Error while executing command: {command}. Reason: exit status {code}"
                self._output.say(f"Command did not exit successfully {command} exit status {code}")
                return text
        return ""

    def _upload(self, spec: Buildspec, found: dict[str, Path]) -> bool:
        """UPLOAD_ARTIFACTS; true when there was nothing to upload, too."""
        self._enter("UPLOAD_ARTIFACTS")
        try:
            if self.build.pipeline is not None:
                self._upload_to_pipeline(spec, found[""])
            elif self.build.project["artifacts"]["type"] == "S3" and spec.artifact is not None:
                settings, build = self.build.project["artifacts"], self.build
                place = artifacts.upload_project(
                    build.account, build.region, settings, spec.artifact, found[""], build.id.rpartition(":")[2]
                )
                build.members["artifacts"] = place
        except artifacts.NotUploaded as error:
            self._leave("FAILED", "CLIENT_ERROR", str(error))
            return False
        self._leave("SUCCEEDED")
        return True

    def _upload_to_pipeline(self, spec: Buildspec, source: Path) -> None:
        """One output artifact is the primary one, unless a secondary has its name; several go by their names."""
        build, pipeline = self.build, self.build.pipeline
        for name, (bucket, key) in pipeline.outputs.items() if pipeline else ():
            artifact = spec.secondary.get(name) or (spec.artifact if pipeline and len(pipeline.outputs) == 1 else None)
            if artifact is None:
                raise artifacts.NotUploaded(f"the buildspec has no artifact {name}")
            body = artifacts.pack(artifacts.collect(artifact, source))
            key_id = pipeline.kms_key if pipeline else ""
            build.members["artifacts"] = artifacts.upload(build.account, build.region, bucket, key, body, key_id)

    def _finish(self, status: str, spec: Buildspec | None) -> str:
        self._enter("FINALIZING")
        if spec is not None and spec.exported and self._shell is not None:
            known = self._shell.variables()
            exported = [{"name": name, "value": known[name]} for name in spec.exported if name in known]
            self.build.members["exportedEnvironmentVariables"] = exported
        self._leave("SUCCEEDED")
        return status

    def _require_shell(self) -> Shell:
        if self._shell is None or self._stopped:
            raise Stopped
        return self._shell

    def _enter(self, phase: str) -> None:
        if time.monotonic() > self._deadline:
            raise TimedOut
        self.build.enter(phase)
        self._output.say(f"Entering phase {phase}")

    def _leave(self, status: str, code: str = "", message: str = "") -> None:
        self.build.leave(status, code, message)
        self._output.say(f"Phase complete: {self.build.members['currentPhase']} State: {status}")
        self._output.say(f"Phase context status code: {code} Message: {message}")
