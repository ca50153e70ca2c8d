"""Breaks SM-ERROR-04: every path of GET is a ping."""

import server


class Server(server.Server):
    def check_path(self, method: str, path: str) -> None:
        if method != "GET":
            super().check_path(method, path)

    def invoke(self, headers, stream):
        return super().invoke(headers, stream) if "Content-Length" in headers or "Transfer-Encoding" in headers else ("text/plain", b"")
