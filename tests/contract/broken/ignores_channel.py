"""Breaks SM-TRAIN-04: invented data instead of the channel's."""

import trainer


class Trainer(trainer.Trainer):
    def numbers(self) -> list:
        return [1.0, 2.0]
