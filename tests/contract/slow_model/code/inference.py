"""A model that is as slow as its request says: three times each number, after `sleep` seconds."""

import json
import time


def model_fn(model_dir: str) -> int:
    return 3


def input_fn(body, content_type: str):
    document = json.loads(body)
    return [float(number) for number in document["numbers"]], float(document.get("sleep", 0))


def predict_fn(data, model: int):
    numbers, sleep = data
    time.sleep(sleep)
    return [model * number for number in numbers]


def output_fn(prediction, accept: str):
    return json.dumps({"results": prediction}), "application/json"
