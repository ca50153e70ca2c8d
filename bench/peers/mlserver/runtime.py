"""MLServer: a custom runtime, the archive's predict_fn behind the V2 inference protocol."""

from __future__ import annotations

import handlers
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class Wine(MLModel):
    """One V2 model; the output is the cultivar's probabilities."""

    async def load(self) -> bool:
        """Load the model."""
        self.handlers, self.model = handlers.load()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """One prediction."""
        data = NumpyCodec.decode_input(payload.inputs[0])
        prediction = self.handlers.predict_fn(data, self.model)
        output = NumpyCodec.encode_output("probabilities", prediction["probabilities"].round(6))
        return InferenceResponse(model_name=self.name, id=payload.id, outputs=[output])
