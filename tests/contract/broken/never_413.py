"""Breaks SM-BODY-02: a body that says how long it is may be as long as it likes."""

import server


class Server(server.Server):
    chunked = False

    def check_length(self, length: int) -> None:
        """No limit."""

    def read_chunks(self, stream) -> bytes:
        raise server.Refused(411, "length required")
