"""The sample's Flask application: /ping says whether the model loads, /invocations runs the handlers."""

from __future__ import annotations

import flask
import handlers

app = flask.Flask(__name__)


@app.route("/ping", methods=["GET"])
def ping() -> flask.Response:
    """200 when the model loads."""
    return flask.Response("\n", status=200 if handlers.load() else 404, mimetype="application/json")


@app.route("/invocations", methods=["POST"])
def invocations() -> flask.Response:
    """One prediction."""
    status, body, kind = handlers.answer(
        flask.request.data, flask.request.content_type or "", flask.request.headers.get("Accept", "application/json")
    )
    return flask.Response(body, status=status, mimetype=kind)
