"""The connections of one client process: made when needed, kept, and used again."""

from __future__ import annotations

import asyncio
import os
import ssl

from slipway.load.wire import Address, Connection, Owner


class Pool:
    """Connections to one address. The one used last is taken first, so that what is too many falls idle and is closed by the target."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._idle: list[Connection] = []
        self._tls = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE")) if address.tls else None

    def take(self) -> Connection | None:
        """A connection that is open and free; None when there is none."""
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
        return None

    def give_back(self, connection: Connection) -> None:
        """It is free again."""
        self._idle.append(connection)

    async def connect(self, owner: Owner, timeout: float) -> Connection:
        """A new connection. OSError or asyncio.TimeoutError when there is none within `timeout` seconds."""
        address, loop = self._address, asyncio.get_running_loop()
        name = address.host if self._tls is not None else None
        making = loop.create_connection(
            lambda: Connection(owner), address.host, address.port, ssl=self._tls, server_hostname=name, happy_eyeballs_delay=0.25
        )
        _, connection = await asyncio.wait_for(making, timeout)
        return connection

    def close(self) -> None:
        """Close what is free."""
        for connection in self._idle:
            connection.close()
