"""sagemaker-inference with Multi Model Server, started as its toolkit's README says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import handlers
from sagemaker_inference import default_inference_handler, model_server, transformer
from sagemaker_inference.default_handler_service import DefaultHandlerService


class Handlers(default_inference_handler.DefaultInferenceHandler):  # type: ignore[misc]
    """The archive's handlers under the toolkit's names."""

    def default_model_fn(self, model_dir: str, context: Any = None) -> Any:
        """Load the model."""
        return handlers.load()[1]

    def default_input_fn(self, input_data: Any, content_type: str, context: Any = None) -> Any:
        """Decode."""
        return handlers.load()[0].input_fn(input_data, content_type)

    def default_predict_fn(self, data: Any, model: Any, context: Any = None) -> Any:
        """Predict."""
        return handlers.load()[0].predict_fn(data, model)

    def default_output_fn(self, prediction: Any, accept: str, context: Any = None) -> Any:
        """Encode."""
        return handlers.load()[0].output_fn(prediction, accept)


class Service(DefaultHandlerService):  # type: ignore[misc]
    """What MMS loads: `entry.py:handle`."""

    def __init__(self) -> None:
        super().__init__(transformer=transformer.Transformer(default_inference_handler=Handlers()))


_service = Service()
_ready: list[Any] = []


def handle(data: Any, context: Any) -> Any:
    """MMS's entry point; it is called once without data when a worker starts."""
    if not _ready:
        _service.initialize(context)
        _ready.append(context)
    return _service.handle(data, context) if data is not None else None


def main() -> None:
    """Start the server, with its configuration in the scratch folder and on this machine's own address only."""
    model_server.MMS_CONFIG_FILE = str(Path(os.environ["TMPDIR"]) / "mms.properties")
    properties = model_server._generate_mms_config_properties
    model_server._generate_mms_config_properties = lambda *arguments: properties(*arguments).replace("0.0.0.0", "127.0.0.1")
    model_server.start_model_server(handler_service=f"{__file__}:handle")


if __name__ == "__main__":
    main()
