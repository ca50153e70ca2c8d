"""A model behind a load balancer: the same requests, the same answers, the same statuses, over plain HTTP."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from modules._shared.naming import Naming
from modules.api.fit import check_fit
from modules.api.function import handler, routes
from modules.api.lambda_function import function_package
from modules.api.refs import ApiRefs, Target
from modules.api.spec import ApiSpec
from tests.modules.api.events import ROUTE, Context, error, event
from tests.modules.policy_documents import statements
from tests.modules.support import resource, synth

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
VARIABLE = "ADDRESS_wine"
ROUTES = {"routes": {"POST /endpoints/wine/invocations": {**ROUTE, "mode": "fargate", "endpoint": VARIABLE}}, "timeout": 4}
KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"


class Balancer(BaseHTTPRequestHandler):
    """Answers what the body asks for: `STATUS`, or `sleep`, `break`."""

    asked: ClassVar[list[tuple[str, bytes, dict[str, str]]]] = []

    def log_message(self, *_: object) -> None: ...

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Balancer.asked.append((self.path, body, dict(self.headers)))
        wanted = json.loads(body)["answer"] if self.headers["Content-Type"] == "application/json" else 200
        if wanted == "break":
            self.close_connection = True
            return
        if wanted == "sleep":
            threading.Event().wait(3)
            return
        data = b'{"predictions": [1]}' if self.headers["Content-Type"] == "application/json" else bytes(range(200, 240))
        self.send_response(wanted)
        self.send_header("Content-Type", "application/json" if data[:1] == b"{" else "application/x-npy")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def balancer(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a load balancer, which the function finds in its variables."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Balancer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.delenv("http_proxy", raising=False)
    monkeypatch.setenv(VARIABLE, address)
    monkeypatch.setattr(handler, "settings", lambda: routes.parse(ROUTES))
    Balancer.asked.clear()
    yield address
    server.shutdown()
    server.server_close()
    thread.join()


def ask(wanted: Any, seconds: float = 4.0) -> dict[str, Any]:
    return handler.handle(event(json.dumps({"answer": wanted})), Context(seconds))


@pytest.mark.usefixtures("balancer")
def test_a_prediction_comes_back_as_it_is() -> None:
    answer = ask(200)
    assert (answer["statusCode"], answer["body"]) == (200, '{"predictions": [1]}')
    ((path, body, headers),) = Balancer.asked
    assert (path, body, headers["Accept"]) == ("/invocations", b'{"answer": 200}', "application/json")


@pytest.mark.usefixtures("balancer")
def test_bytes_come_as_base64() -> None:
    answer = handler.handle(event(b"\x00\x01", headers={"Content-Type": "application/octet-stream"}), Context())
    assert answer["isBase64Encoded"] is True and answer["headers"]["Content-Type"] == "application/x-npy"


@pytest.mark.usefixtures("balancer")
@pytest.mark.parametrize(
    ("status", "mapped", "code"),
    [
        (400, 400, "MODEL_REFUSED"),
        (415, 415, "MODEL_REFUSED"),
        (404, 424, "MODEL_ERROR"),
        (500, 502, "MODEL_ERROR"),
        (502, 502, "MODEL_ERROR"),
        (503, 503, "ENDPOINT_UNAVAILABLE"),
        (504, 504, "ENDPOINT_TIMEOUT"),
    ],
)
def test_a_failure_has_the_status_it_has_on_an_endpoint(status: int, mapped: int, code: str) -> None:
    assert error(ask(status)) == (mapped, code)


@pytest.mark.usefixtures("balancer")
@pytest.mark.parametrize(("wanted", "failure"), [("break", (502, "ENDPOINT_UNREACHABLE")), ("sleep", (504, "ENDPOINT_TIMEOUT"))])
def test_no_answer_is_told_apart(wanted: str, failure: tuple[int, str]) -> None:
    assert error(ask(wanted)) == failure


def test_a_load_balancer_that_is_gone(balancer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "http://internal-gone.invalid")
    assert error(ask(200)) == (502, "ENDPOINT_UNREACHABLE")


def test_a_proxy_is_asked_for_the_whole_address(balancer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the local AWS is to functions."""
    monkeypatch.setenv("http_proxy", balancer)
    monkeypatch.setenv(VARIABLE, "http://internal-wine-1.eu-west-1.elb.amazonaws.com")
    assert ask(200)["statusCode"] == 200
    assert Balancer.asked[0][0] == "http://internal-wine-1.eu-west-1.elb.amazonaws.com/invocations"
    assert Balancer.asked[0][2]["Host"] == "internal-wine-1.eu-west-1.elb.amazonaws.com"


def test_headers_of_sagemaker_do_not_go_with_a_service(balancer: str) -> None:
    given = event('{"answer": 200}', headers={"X-Amzn-SageMaker-Target-Variant": "main"})
    assert error(handler.handle(given, Context())) == (400, "BAD_REQUEST")


def test_what_does_not_go_with_a_service() -> None:
    spec = ApiSpec.model_validate({"endpoints": {"wine": {"response_stream": True}}})
    assert [path for path, _ in check_fit(spec, {"wine": "fargate"})] == ["endpoints.wine.response_stream"]


def test_the_address_is_a_variable_and_the_package_names_it() -> None:
    """Only Terraform knows a load balancer's name, and a package must be known before."""
    from modules.api.construct import Api

    spec = ApiSpec.model_validate({"endpoints": {"wine": {}}, "function": {"network": "private"}})
    target = Target("slipway-test-wine", "fargate", None, "http://${aws_lb.x.dns_name}")
    refs = ApiRefs({"wine": target}, KEY, KEY, None, ["subnet-1", "subnet-2"], ["sg-1"])
    document = synth(lambda stack: Api(stack, "api", naming=NAMING, spec=spec, refs=refs))
    variables = resource(document, "aws_lambda_function")["environment"]["variables"]
    assert variables[VARIABLE] == "http://${aws_lb.x.dns_name}"
    content = json.loads(zipfile.ZipFile(io.BytesIO(function_package(spec, refs).content)).read("function/routes.json"))
    (route,) = {item["endpoint"] for item in content["routes"].values()}
    assert route == VARIABLE
    found = statements(resource(document, "aws_iam_role_policy", "api/function")["policy"])
    assert not [sid for sid in found if "Invoke" in sid], "a load balancer asks for no permission"
