"""An HTTP listener that subscribes to SNS topics, as an on-call service does."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Inbox:
    """`messages`: the notifications so far; `asked`: the requests to confirm a subscription."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None: ...

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                (inbox.messages if body.get("Type") == "Notification" else inbox.asked).append(body)
                self.send_response(200)
                self.end_headers()

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def subscribe(self, sns: Any, topic: str) -> None:
        """Subscribe to a topic, and confirm it as soon as it asks."""
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=self.url)
        self.confirm()

    def confirm(self) -> str:
        """Visit the address that the next request to confirm names; what it answers."""
        ends = time.monotonic() + 10
        while not self.asked:
            assert time.monotonic() < ends, "nobody asks for a confirmation"
            time.sleep(0.02)
        with _opener.open(self.asked.pop(0)["SubscribeURL"]) as answer:
            return str(answer.read().decode())

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
