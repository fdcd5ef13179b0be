"""A retry with the same Idempotency-Key takes effect once."""

from concurrent.futures import ThreadPoolExecutor

from bodies import assert_problem, product


def test_a_retried_creation_has_the_same_answer(server):
    body = product()
    first = server.http.post("/api/products", json=body, headers={"Idempotency-Key": "k"})
    server.http.patch("/api/products/1", json={"stock": 9})
    again = server.http.post("/api/products", json=body, headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.json()) == (201, first.json())
    assert server.head == 2


def test_concurrent_retries_create_one_product(server):
    body = product()

    def create(_):
        return server.http.post("/api/products", json=body, headers={"Idempotency-Key": "k"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(32)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert server.head == 1


def test_a_retry_after_a_restart_is_known(server):
    body = product()
    first = server.http.post("/api/products", json=body, headers={"Idempotency-Key": "k"})
    server.restart()
    assert server.http.post("/api/products", json=body, headers={"Idempotency-Key": "k"}).json() == first.json()
    server.kill9()
    server.start()
    assert server.http.post("/api/products", json=body, headers={"Idempotency-Key": "k"}).json() == first.json()
    assert server.head == 1


def test_changes_deletions_and_messages_can_be_retried(server):
    server.http.post("/api/products", json=product())
    for request in [
        lambda headers: server.http.patch("/api/products/1", json={"stock": 4}, headers=headers),
        lambda headers: server.http.post("/api/messages", json={"text": "hello"}, headers=headers),
        lambda headers: server.http.delete("/api/products/1", headers=headers),
    ]:
        head = server.head
        key = {"Idempotency-Key": f"key-{head}"}
        first, again = request(key), request(key)
        assert first.json()["offset"] == again.json()["offset"] == head + 1
        assert again.status_code == first.status_code
        assert server.head == head + 1


def test_a_conditional_change_can_be_retried(server):
    tag = server.http.post("/api/products", json=product()).headers["etag"]
    headers = {"Idempotency-Key": "k", "If-Match": tag}
    for _ in range(2):
        assert server.http.patch("/api/products/1", json={"stock": 4}, headers=headers).status_code == 200
    assert server.head == 2


def test_a_key_used_for_something_else_is_a_conflict(server):
    headers = {"Idempotency-Key": "k"}
    server.http.post("/api/products", json=product(), headers=headers)
    assert_problem(server.http.post("/api/messages", json={"text": "hello"}, headers=headers), 409, "id-conflict", "id")


def test_a_rejected_command_does_not_use_its_key(server):
    headers = {"Idempotency-Key": "k"}
    assert server.http.post("/api/products", json=product(price=-1), headers=headers).status_code == 422
    assert server.http.post("/api/products", json=product(), headers=headers).status_code == 201


def test_a_key_that_is_too_long_is_refused(server):
    answer = server.http.post("/api/products", json=product(), headers={"Idempotency-Key": "k" * 256})
    assert_problem(answer, 413, "too-large", "id")
