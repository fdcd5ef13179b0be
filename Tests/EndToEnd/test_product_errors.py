"""Every invalid product is rejected with the name of the field."""

import pytest

from bodies import assert_problem, product

WRONG = [
    ("title", None, "invalid"), ("title", 7, "invalid"), ("title", "", "invalid"),
    ("title", "x" * 201, "invalid"), ("code", 7, "invalid"), ("code", "", "invalid"), ("code", "x" * 65, "invalid"),
    ("code", "a\x00b", "invalid"), ("price", -0.01, "invalid"), ("price", "1", "invalid"), ("price", 1e12, "invalid"),
    ("price", 0.00001, "invalid"), ("price", None, "invalid"), ("status", 1, "invalid"), ("stock", -1, "invalid"),
    ("stock", 1.5, "invalid"), ("stock", "1", "invalid"), ("category", 7, "invalid"), ("description", [], "invalid"),
    ("thumbnails", "a.png", "invalid"), ("thumbnails", [7], "invalid"), ("thumbnails", ["javascript:alert(1)"], "invalid"),
    ("thumbnails", ["//evil.example/x"], "invalid"), ("colour", "red", "unknown-field"), ("id", 7, "unknown-field"),
    ("version", 1, "unknown-field"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from bitacora import Server

    server = Server(tmp_path_factory.mktemp("refusals")).start()
    server.http.post("/api/products", json=product())
    yield server
    server.end()


@pytest.mark.parametrize("field, value, code", WRONG)
def test_a_wrong_field_is_named(server, field, value, code):
    answer = server.http.post("/api/products", json=product(**{field: value}))
    assert_problem(answer, 422, code, field)
    assert server.head == 1


@pytest.mark.parametrize("field", ["title", "code", "price"])
def test_a_missing_field_is_named(server, field):
    body = product()
    del body[field]
    assert_problem(server.http.post("/api/products", json=body), 422, "missing", field)


@pytest.mark.parametrize("body", ["[]", "7", '"text"', "null", "true"])
def test_a_body_that_is_not_an_object_is_rejected(server, body):
    assert_problem(server.http.post("/api/products", content=body), 422, "invalid")
    assert_problem(server.http.patch("/api/products/1", content=body), 422, "invalid")


def test_an_id_in_the_body_must_be_the_one_in_the_address(server):
    assert_problem(server.http.patch("/api/products/1", json={"id": 2, "stock": 1}), 400, "invalid", "id")


def test_a_code_of_another_product_is_rejected(make_server):
    server = make_server()
    server.http.post("/api/products", json=product(code="A"))
    server.http.post("/api/products", json=product(code="B"))
    assert_problem(server.http.patch("/api/products/2", json={"code": "A"}), 409, "duplicate", "code")
    # A product can keep its own code, and an unused code is free.
    assert server.http.patch("/api/products/2", json={"code": "B", "stock": 1}).status_code == 200
    server.http.patch("/api/products/1", json={"code": "C"})
    assert server.http.patch("/api/products/2", json={"code": "A"}).status_code == 200


@pytest.mark.parametrize("id", ["0", "-1", "one", "1.5", "99999999999999999999"])
def test_an_id_that_is_not_a_number_is_answered_404(server, id):
    assert_problem(server.http.get(f"/api/products/{id}"), 404, "not-found")
