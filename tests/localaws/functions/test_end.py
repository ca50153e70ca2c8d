"""What is left when a server ends: nothing that runs, and everything that was made."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

from slipway.localaws.process import down, up
from tests.localaws.functions.lab import Functions, until
from tests.localaws.inbox import Inbox
from tests.localaws.strict import StrictClients

STARTS = """
import os, subprocess
def handle(event, context):
    return [os.getpid(), subprocess.Popen(["sleep", "600"]).pid]
"""


def test_nothing_outlives_a_killed_server(tmp_path: Path) -> None:
    record, _ = up(tmp_path)
    try:
        clients: Any = StrictClients(record.url)
        functions = Functions(clients)
        functions.make(STARTS)
        processes = [Path(f"/proc/{number}") for number in functions.invoke()]
        assert all(process.exists() for process in processes)
        os.kill(record.pid, signal.SIGKILL)
        assert until(lambda: not any(_alive(process) for process in processes))
    finally:
        down(tmp_path)


def test_functions_and_subscriptions_are_there_after_a_restart(tmp_path: Path) -> None:
    inbox = Inbox()
    try:
        record, _ = up(tmp_path, persist=tmp_path / "kept")
        clients: Any = StrictClients(record.url)
        Functions(clients).make()
        topic = clients("sns").create_topic(Name="t")["TopicArn"]
        inbox.subscribe(clients("sns"), topic)
        down(tmp_path)
        record, _ = up(tmp_path, persist=tmp_path / "kept")
        again: Any = StrictClients(record.url)
        assert json.loads(again("lambda").invoke(FunctionName="f", Payload=b"7")["Payload"].read()) == 7
        again("sns").publish(TopicArn=topic, Message="still there")
        assert until(lambda: inbox.messages)[0]["Message"] == "still there" and inbox.asked == []
    finally:
        down(tmp_path)
        inbox.close()


def _alive(process: Path) -> bool:
    """A zombie has ended."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
