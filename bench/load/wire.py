"""What goes over the wire: the plan of a load as HTTP/1.1 requests, and answers read back. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field

DRAIN_SECONDS = 30.0


@dataclass
class Plan:
    """What to send. `exchanges`: (body, known answer or None for any). `pause`: seconds between two requests of a connection."""

    port: int
    seconds: float = DRAIN_SECONDS
    connections: int = 1
    method: str = "POST"
    path: str = "/invocations"
    headers: dict[str, str] = field(default_factory=dict)
    exchanges: list[tuple[str, str | None]] = field(default_factory=list)
    pause: float = 0.0
    fresh: bool = False  # a new connection for each request
    once: bool = False  # each request once, one after the other, every answer reported

    def requests(self) -> list[tuple[bytes, bytes | None]]:
        """Each request as it goes over the wire, with its known answer."""
        found = []
        for body, answer in self.exchanges:
            content = body.encode()
            lines = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1", *(f"{k}: {v}" for k, v in self.headers.items())]
            if self.method == "POST":
                lines.append(f"Content-Length: {len(content)}")
            found.append(("\r\n".join(lines).encode() + b"\r\n\r\n" + content, None if answer is None or self.once else answer.encode()))
        return found


def complete(data: bytes) -> tuple[int, bytes, bool] | int:
    """(status, body, server closes) of a complete HTTP/1.1 answer, or how many bytes are missing at least. ValueError: not HTTP."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return 1
    first, *lines = data[:end].decode("latin-1").split("\r\n")
    status = int(first.split(" ", 2)[1])
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    closes = headers.get("connection", "").lower() == "close"
    body = data[end + 4 :]
    if "chunked" in headers.get("transfer-encoding", ""):
        chunks: list[bytes] = []
        while True:
            size, separator, rest = body.partition(b"\r\n")
            if not separator:
                return 1
            length = int(size.split(b";")[0], 16)
            if len(rest) < length + 2:
                return length + 2 - len(rest)
            if length == 0:
                return status, b"".join(chunks), closes
            chunks.append(rest[:length])
            body = rest[length + 2 :]
    missing = int(headers.get("content-length", 0)) - len(body)
    return missing if missing > 0 else (status, body, closes)
