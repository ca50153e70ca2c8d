"""LitServe: `python app.py PORT WORKERS API_SERVERS BATCH` (as measured in its documentation's way of scaling)."""

from __future__ import annotations

import sys
from typing import Any

import handlers
import litserve
import numpy as np


class Wine(litserve.LitAPI):
    """The archive's predict_fn and output_fn; LitServe parses and writes the JSON."""

    def setup(self, device: str) -> None:
        """Load the model."""
        self.handlers, self.model = handlers.load()

    def decode_request(self, request):  # type: ignore[no-untyped-def]  # LitServe reads the annotations
        """Rows of a request."""
        return handlers.rows(request)

    def predict(self, data: Any) -> Any:
        """Of one request; of a batch, a prediction each."""
        if not isinstance(data, list):
            return self.handlers.predict_fn(data, self.model)
        together = self.handlers.predict_fn(np.concatenate(data), self.model)
        ends = np.cumsum([len(rows) for rows in data])[:-1]
        parts = {key: np.split(value, ends) for key, value in together.items() if isinstance(value, np.ndarray)}
        return [{**together, **{key: cut[number] for key, cut in parts.items()}} for number in range(len(data))]

    def batch(self, inputs: list[Any]) -> Any:
        """Keep the requests apart until `predict` joins them."""
        return inputs

    def unbatch(self, output: Any) -> Any:
        """Already apart."""
        return output

    def encode_response(self, output: Any) -> Any:
        """The document."""
        return handlers.document_of(output)


if __name__ == "__main__":
    port, workers, api_servers, batch = (int(argument) for argument in sys.argv[1:5])
    api = Wine(api_path="/invocations", max_batch_size=batch, batch_timeout=0.001 if batch > 1 else 0.0)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=workers, timeout=60, healthcheck_path="/ping")
    server.run(host="127.0.0.1", port=port, num_api_servers=api_servers, log_level="warning", generate_client_file=False)
