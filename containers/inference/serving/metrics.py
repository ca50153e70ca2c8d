"""The notice board as Prometheus text, for /metrics, which nginx answers only to the container itself."""

from __future__ import annotations

from serving.board import Board, Column

_COUNTERS = {
    Column.REQUESTS: ("requests_total", "Requests answered by a worker."),
    Column.CLIENT_ERRORS: ("client_errors_total", "Answers with a 4xx status."),
    Column.SERVER_ERRORS: ("server_errors_total", "Answers with a 5xx status."),
    Column.REFUSED: ("refused_total", "Requests answered 503 because too many were waiting."),
    Column.TIMEOUTS: ("timeouts_total", "Requests answered 504."),
    Column.BATCHES: ("batches_total", "Predictions run; requests_in_batches_total / batches_total is the mean batch."),
    Column.BATCHED: ("requests_in_batches_total", "Requests in all predictions run."),
    Column.PREDICT_SECONDS: ("busy_seconds_total", "Seconds the predictor thread was busy."),
    Column.STARTS: ("worker_starts_total", "Processes started for this worker."),
}


def text(board: Board) -> bytes:
    """Every counter by worker, and the two gauges: requests pending, workers' state."""
    lines = []
    gauges = {
        Column.PENDING: ("pending", "Requests waiting or running."),
        Column.STATE: ("worker_state", "1 starting, 2 ready, 3 stopping."),
    }
    for kind, table in (("counter", _COUNTERS), ("gauge", gauges)):
        for column, (name, meaning) in table.items():
            lines += [f"# HELP slipway_{name} {meaning}", f"# TYPE slipway_{name} {kind}"]
            lines += [f'slipway_{name}{{worker="{number}"}} {row[column]:.15g}' for number, row in enumerate(board.rows())]
    return "\n".join(lines).encode() + b"\n"
