"""Rules for all addresses: methods, bodies, parameters, headers."""

import gzip
from datetime import datetime, timezone

import pytest

from bodies import assert_problem, product
from raw import Wire

JSON_ADDRESSES = ["/api/products", "/api/messages", "/api/events"]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("path, allowed", [
    ("/", "GET, HEAD"), ("/realtimeproducts", "GET, HEAD, POST"), ("/products/1", "GET, HEAD, POST"), ("/products/1/delete", "POST"), ("/healthz", "GET, HEAD"),
    ("/api/products", "GET, HEAD, POST"), ("/api/products/1", "DELETE, GET, HEAD, PATCH, PUT"),
    ("/api/messages", "GET, HEAD, POST"), ("/api/events", "GET, HEAD, POST"), ("/api/events/1", "GET, HEAD"),
])
def test_an_unsupported_method_is_answered_405_with_the_supported_methods(shared_server, path, allowed):
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(allowed.split(", ")):
        answer = shared_server.http.request(method, path)
        assert_problem(answer, 405, "method-not-allowed")
        assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/nothing", "/api", "/api/products/1/x", "/assets/none.js", "/assets/../layouts/main.handlebars"])
def test_an_unknown_path_is_answered_404(shared_server, path):
    assert_problem(shared_server.http.get(path), 404, "not-found")


@pytest.mark.parametrize("header, status", [
    ("Transfer-Encoding: gzip, chunked", 501), ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", 501),
    ("Content-Length: 9223372036854775808", 413), ("Content-Length: 18446744073709551615", 413),
])
def test_a_body_of_an_unsupported_type_is_rejected_by_its_headers(shared_server, header, status):
    with Wire(shared_server) as wire:
        wire.send(f"POST /api/events HTTP/1.1\r\nHost: {wire.host}\r\nContent-Type: application/json\r\n{header}\r\n\r\n".encode())
        answer = wire.response()
        assert (answer[0], answer[1]["content-type"]) == (status, "application/problem+json")


def test_a_browser_gets_an_error_page(shared_server):
    answer = shared_server.http.get("/nothing", headers={"Accept": "text/html,*/*"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "404" in answer.text


@pytest.mark.parametrize("method, path, headers, varies", [
    ("GET", "/nothing", {}, True), ("HEAD", "/nothing", {}, True), ("POST", "/nothing", FORM, True),
    ("GET", "/api/nothing", {}, False), ("PATCH", "/chat", {}, False),
])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_errors_vary_by_the_accept_header(shared_server, method, path, headers, varies, accept):
    answer = shared_server.http.request(method, path, headers={"Accept": accept, **headers})
    assert answer.status_code >= 400
    assert ("text/html" in answer.headers["content-type"]) == (varies and accept == "text/html")
    assert ("Accept" in answer.headers.get("vary", "").split(", ")) == varies


@pytest.mark.parametrize("path", JSON_ADDRESSES)
@pytest.mark.parametrize("body", [b"", b"{", b'{"a":}', b"{'a':1}", b'{"a":"\xff"}', b"[" * 100 + b"]" * 100, b"{} {}"])
def test_a_body_that_is_not_json_is_refused(shared_server, path, body):
    problem = assert_problem(shared_server.http.post(path, content=body), 400, "invalid")
    if body:
        assert "line 1" in problem["detail"]


@pytest.mark.parametrize("path, headers", [*((path, {}) for path in JSON_ADDRESSES), ("/chat", FORM), ("/realtimeproducts", FORM)])
@pytest.mark.parametrize("coding", ["gzip", "GZIP", "br", "identity, gzip"])
def test_an_encoded_body_is_rejected_with_the_accepted_encodings(shared_server, path, headers, coding):
    head = shared_server.head
    answer = shared_server.http.post(path, content=gzip.compress(b'{"text":"Hi"}'), headers={**headers, "Content-Encoding": coding})
    assert_problem(answer, 415, "encoded-body")
    assert answer.headers["accept-encoding"] == "identity"
    assert shared_server.head == head


def test_identity_is_no_encoding(shared_server):
    assert shared_server.http.post("/api/messages", json={"text": "Hi"}, headers={"Content-Encoding": "identity"}).status_code == 201


@pytest.mark.parametrize("path, limit", [("/api/products", 256 << 10), ("/api/messages", 64 << 10), ("/api/events", 16 << 20)])
def test_a_body_beyond_the_limit_is_refused_with_the_limit(shared_server, path, limit):
    body = b'{"text":"' + b"x" * limit + b'"}'
    assert str(limit) in assert_problem(shared_server.http.post(path, content=body), 413, "too-large")["detail"]
    # Chunked: the length is not known beforehand.
    pieces = (body[start:start + 65536] for start in range(0, len(body), 65536))
    assert_problem(shared_server.http.post(path, content=pieces), 413, "too-large")
    assert shared_server.http.get("/healthz").status_code == 200


FOREIGN_PARAMETERS = {"fbclid": "x", "utm_source": "mail", "utm_medium": "m", "_": "1", "colour": "red"}


@pytest.mark.parametrize("path", [
    "/", "/realtimeproducts", "/products/{id}", "/chat", "/auctions", "/transports", "/log", "/log/1", "/log/overview",
    "/api/products", "/api/products/{id}", "/api/messages", "/api/auctions", "/api/events", "/api/events/1", "/api/log", "/api/state/marketplace",
])
def test_a_parameter_of_somebody_else_is_ignored(shared_server, path):
    created = shared_server.http.post("/api/products", json=product()).json()
    path = path.format(id=created["product"]["id"])
    assert shared_server.http.get(path, params=FOREIGN_PARAMETERS).status_code == 200


def test_a_parameter_of_somebody_else_does_not_keep_an_event_from_being_appended(shared_server):
    answer = shared_server.http.post("/api/messages", params=FOREIGN_PARAMETERS, json={"text": "t"})
    assert answer.status_code == 201


@pytest.mark.parametrize("path, name, meant", [
    ("/api/events", "topcs", "topics"), ("/api/events", "topic", "topics"), ("/api/events", "Types", "types"), ("/api/events", "limits", "limit"),
    ("/api/events", "last_event_id", "lastEventId"), ("/api/messages", "sinse", "since"), ("/api/auctions", "states", "state"),
    ("/api/state/marketplace", "At", "at"),
])
def test_a_misspelt_parameter_of_the_api_is_refused_with_the_one_that_was_meant(shared_server, path, name, meant):
    problem = assert_problem(shared_server.http.get(path, params={name: "1"}), 400, "invalid", name)
    assert problem["detail"] == f"'{name}' is not a parameter; did you mean '{meant}'?"


@pytest.mark.parametrize("path", ["/", "/realtimeproducts", "/nothing", "/assets/style.css", "/api/products"])
def test_every_answer_carries_the_security_headers(shared_server, path):
    headers = shared_server.http.get(path, headers={"Accept": "text/html"}).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/api/products", "/api/events", "/healthz"])
def test_head_is_get_without_a_body(shared_server, path):
    answer = shared_server.http.head(path)
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) == len(shared_server.http.get(path).content)


@pytest.mark.parametrize("path, is_streamed", [
    ("/api/events", True), ("/api/messages", True), ("/api/events?limit=20", False), ("/api/events/1", False), ("/api/products", False),
    ("/assets/style.css", False), ("/nothing", False),
])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_head_has_the_length_of_get_or_none(shared_server, path, is_streamed, coding):
    # More than one chunk, so the response is streamed.
    shared_server.append(*({"topic": "chat", "type": "x", "data": "y" * 1000} for _ in range(200)))
    got = shared_server.http.get(path, headers={"Accept-Encoding": coding})
    with Wire(shared_server) as wire:
        wire.request("HEAD", path, [("Accept-Encoding", coding)])
        status, headers, _ = wire.response(has_body=False)
        assert ("content-length" in headers) != is_streamed
        for name in ["content-length", "content-encoding", "content-type", "etag"]:
            assert headers.get(name) == got.headers.get(name)
        assert (status, "transfer-encoding" in headers) == (got.status_code, False)
        # A body, or the end of a chunked body, would be read as the beginning of the next response.
        wire.request("GET", "/healthz")
        assert wire.response()[0] == 200


def test_the_health_routes_report_the_state(server):
    server.append({"type": "x"})
    before = datetime.now(timezone.utc)
    alive = server.http.get("/healthz").json()
    assert alive.keys() == {"status", "time"} and alive["status"] == "alive"
    assert before <= datetime.fromisoformat(alive["time"].replace("Z", "+00:00")) <= datetime.now(timezone.utc)
    ready = server.http.get("/readyz").json()
    assert (ready["status"], ready["head"], ready["durability"], ready["secondsAhead"]) == ("ready", 1, "sync", 0)
