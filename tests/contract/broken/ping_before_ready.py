"""Breaks SM-PING-02: /ping answers 200 while the model is still being loaded."""

import threading
import time

import server


class Server(server.Server):
    factor = None

    def load(self) -> None:
        if not (server.BASE / "model" / "factor.json").exists():
            raise SystemExit("no model")
        threading.Thread(target=self.load_later, daemon=True).start()

    def load_later(self) -> None:
        time.sleep(0.4)
        super().load()

    def check_headers(self, headers) -> None:
        if self.factor is None:
            raise server.Refused(503, "still loading")
