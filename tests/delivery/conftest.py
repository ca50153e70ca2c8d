"""One local AWS for this folder."""

from tests.localaws.conftest import client, server, url

__all__ = ["client", "server", "url"]
