"""Breaks SM-BODY-01: half of what SageMaker sends is too much."""

import server


class Server(server.Server):
    def check_length(self, length: int) -> None:
        super().check_length(2 * length)
