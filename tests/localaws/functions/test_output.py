"""What functions write, in CloudWatch Logs."""

from __future__ import annotations

import json

from tests.localaws.functions.lab import Functions, until

LOGGING = """
import logging
def handle(event, context):
    logging.getLogger("mine").warning("two\\nlines %s", event)
    logging.getLogger("mine").info("unseen")
    print("printed")
    raise ValueError("no")
"""


def test_text_with_lambdas_own_lines(functions: Functions) -> None:
    functions.make(LOGGING)
    functions.invoke(7)
    lines = until(lambda: (found := functions.log()) and len(found) > 4 and found)
    assert lines[0].startswith("START RequestId: ") and lines[-1].startswith("REPORT RequestId: ") and "Status: error" in lines[-1]
    assert lines[1].startswith("[WARNING]\t") and lines[1].endswith("two\nlines 7") and lines[2] == "printed"
    assert lines[3].startswith("[ERROR] ValueError: no\nTraceback") and lines[4].startswith("END RequestId: ")


def test_json_in_its_own_group(functions: Functions) -> None:
    functions.client("logs").create_log_group(logGroupName="mine")
    functions.make(LOGGING, LoggingConfig={"LogFormat": "JSON", "LogGroup": "mine", "ApplicationLogLevel": "INFO"})
    functions.invoke(7)
    lines = until(lambda: (found := functions.log("mine")) and len(found) > 5 and found)
    started, warned, informed = (json.loads(line) for line in lines[:3])
    assert started["type"] == "platform.start" and started["record"]["version"] == "$LATEST"
    assert (warned["level"], warned["message"], warned["logger"]) == ("WARNING", "two\nlines 7", "mine")
    assert informed["message"] == "unseen" and warned["requestId"] == started["record"]["requestId"]
    report = json.loads(lines[-1])
    assert report["type"] == "platform.report" and report["record"]["status"] == "error" and report["record"]["errorType"] == "ValueError"
    assert report["record"]["metrics"]["initDurationMs"] > 0
    assert functions.log("/aws/lambda/f") == []


def test_a_deleted_group_does_not_come_back_to_a_warm_function(functions: Functions) -> None:
    functions.make("def handle(event, context):\n    print('x')\n")
    functions.invoke()
    until(functions.log)
    functions.client("logs").delete_log_group(logGroupName="/aws/lambda/f")
    functions.raw(LogType="Tail")
    functions.make(name="g")
    functions.invoke(name="g")
    until(lambda: functions.log("/aws/lambda/g"))
    assert functions.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/f")["logGroups"] == []


def test_a_process_that_writes_while_it_is_killed(functions: Functions) -> None:
    functions.make("import time\ndef handle(event, context):\n    print('before')\n    time.sleep(30)\n", Timeout=1)
    functions.invoke()
    lines = until(lambda: (found := functions.log()) and len(found) > 3 and found)
    assert lines[1] == "before" and lines[-1].endswith("Task timed out after 1.00 seconds")
