"""Breaks SM-TRAIN-02: the model is written to the output folder."""

import trainer


class Trainer(trainer.Trainer):
    def save(self, total: float) -> None:
        (trainer.BASE / "output" / "data" / "factor.json").write_text("{}")
