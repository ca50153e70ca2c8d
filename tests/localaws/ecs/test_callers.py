"""Who reaches a load balancer: a function, as the API's does."""

from __future__ import annotations

from tests.localaws.ecs.yard import Yard
from tests.localaws.functions.lab import Functions

CALLER = """
import urllib.request

def handle(event, context):
    with urllib.request.urlopen(event["url"], data=b"hello") as answer:
        return answer.read().decode()
"""


def test_a_function_reaches_a_load_balancer_by_its_name(yard: Yard) -> None:
    yard.create(yard.definition(NAME="one"), 1)
    functions = Functions(yard.client)
    functions.make(CALLER)
    assert '"name": "one"' in functions.invoke({"url": f"http://{yard.balancer['DNSName']}/invocations"})
