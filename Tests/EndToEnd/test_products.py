"""Products: created, read, changed and deleted over HTTP."""

from concurrent.futures import ThreadPoolExecutor

from bodies import assert_problem, product


def test_creating_a_product_returns_its_offset_address_and_tag(server):
    answer = server.http.post("/api/products", json=product(code="NEW", price=19.99))
    assert answer.status_code == 201
    assert answer.json()["offset"] == 1
    created = answer.json()["product"]
    assert (created["id"], created["code"], created["price"], created["version"]) == (1, "NEW", 19.99, 1)
    assert (created["status"], created["stock"], created["thumbnails"]) == (True, 0, [])
    assert answer.headers["location"] == "/api/products/1"
    assert answer.headers["etag"] == f'"{server.log_id}-1"'
    assert server.http.get("/api/products/1").json()["product"] == created


def test_patch_changes_the_given_fields_and_no_others(server):
    server.http.post("/api/products", json=product(title="Old", stock=3))
    answer = server.http.patch("/api/products/1", json={"title": "New"})
    assert answer.status_code == 200
    assert answer.json()["offset"] == 2
    changed = answer.json()["product"]
    assert (changed["title"], changed["stock"], changed["version"]) == ("New", 3, 2)
    event = server.events(after=1)["events"][0]
    assert (event["type"], event["data"]) == ("product.updated", {"id": 1, "title": "New"})


def test_put_sets_what_is_left_out_to_its_default(server):
    server.http.post("/api/products", json=product(code="A", stock=3, description="text"))
    answer = server.http.put("/api/products/1", json={"title": "T", "code": "A", "price": 1})
    assert answer.status_code == 200
    changed = answer.json()["product"]
    assert (changed["title"], changed["stock"], changed["description"]) == ("T", 0, "")


def test_put_without_a_required_field_names_it(server):
    server.http.post("/api/products", json=product())
    assert_problem(server.http.put("/api/products/1", json={"title": "T", "code": "A"}), 422, "missing", "price")


def test_a_change_without_effect_appends_no_event(server):
    server.http.post("/api/products", json=product(title="Same"))
    assert server.http.patch("/api/products/1", json={"title": "Same"}).status_code == 200
    assert server.head == 1


def test_a_deleted_product_is_gone_and_its_id_is_not_used_again(server):
    server.http.post("/api/products", json=product())
    assert server.http.delete("/api/products/1").json() == {"offset": 2}
    assert_problem(server.http.get("/api/products/1"), 404, "not-found", "id")
    assert_problem(server.http.delete("/api/products/1"), 404, "not-found", "id")
    assert_problem(server.http.patch("/api/products/1", json={"stock": 1}), 404, "not-found", "id")
    assert server.http.post("/api/products", json=product()).json()["product"]["id"] == 2


def test_the_list_holds_every_product_by_id_with_its_offset(server):
    for _ in range(3):
        server.http.post("/api/products", json=product())
    server.http.delete("/api/products/2")
    answer = server.http.get("/api/products").json()
    assert answer["offset"] == 4
    assert [entry["id"] for entry in answer["products"]] == [1, 3]


def test_prices_are_exact_decimals(server):
    for text, kept in [("0.1", "0.1"), ("1e2", "100"), ("19.9900", "19.99"), ("999999999999.9999", "999999999999.9999")]:
        body = f'{{"title":"T","code":"{text}","price":{text}}}'
        answer = server.http.post("/api/products", content=body)
        assert answer.status_code == 201, answer.text
        assert f'"price":{kept},' in answer.text


def test_the_state_is_the_same_after_a_restart(server):
    for _ in range(5):
        server.http.post("/api/products", json=product())
    server.http.delete("/api/products/3")
    before = server.http.get("/api/products").json()
    server.restart()
    assert server.http.get("/api/products").json() == before
    assert server.http.post("/api/products", json=product()).json()["product"]["id"] == 6


def test_two_creations_of_one_code_at_once_make_one_product_and_one_refusal(server):
    with ThreadPoolExecutor(2) as pool:
        for round in range(20):
            bodies = [product(code=f"R{round}", title=title) for title in ("left", "right")]
            answers = list(pool.map(lambda body: server.http.post("/api/products", json=body), bodies))
            assert sorted(answer.status_code for answer in answers) == [201, 409]
            refused = max(answers, key=lambda answer: answer.status_code)
            assert_problem(refused, 409, "duplicate", "code")
    assert len(server.http.get("/api/products").json()["products"]) == 20
