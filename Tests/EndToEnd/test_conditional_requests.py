"""ETag, If-None-Match and If-Match."""

import pytest

from bitacora import tool
from bodies import assert_problem, product
from test_auctions import bid, open_auction


@pytest.mark.parametrize("path", [
    "/", "/realtimeproducts", "/auctions", "/auctions/1", "/api/products", "/api/products/1", "/api/auctions", "/api/auctions/1", "/api/events/1",
    "/api/state/marketplace", "/assets/style.css",
])
def test_unchanged_resources_are_answered_304(shared_server, path):
    open_auction(shared_server)
    first = shared_server.http.get(path)
    assert first.status_code == 200
    tag = first.headers["etag"]
    for header in [tag, f'"other", {tag}', f"W/{tag}", "*"]:
        again = shared_server.http.get(path, headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == first.headers["cache-control"] == "no-cache"
    assert shared_server.http.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/realtimeproducts", "/api/products", "/api/products/1"])
def test_changed_resources_have_another_tag(server, path):
    server.http.post("/api/products", json=product())
    tag = server.http.get(path).headers["etag"]
    server.http.patch("/api/products/1", json={"stock": 77})
    answer = server.http.get(path, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.headers["etag"] != tag


def test_a_stale_change_is_refused(server):
    tag = server.http.post("/api/products", json=product()).headers["etag"]
    changed = server.http.patch("/api/products/1", json={"stock": 1}, headers={"If-Match": tag})
    assert changed.status_code == 200
    for request in [
        lambda headers: server.http.patch("/api/products/1", json={"stock": 2}, headers=headers),
        lambda headers: server.http.put("/api/products/1", json=product(), headers=headers),
        lambda headers: server.http.delete("/api/products/1", headers=headers),
    ]:
        assert_problem(request({"If-Match": tag}), 412, "stale")
        assert_problem(request({"If-Match": '"no-version"'}), 412, "stale")
    assert server.http.delete("/api/products/1", headers={"If-Match": changed.headers["etag"]}).status_code == 200


def test_a_bid_and_a_close_on_a_stale_auction_are_refused(server):
    opened = server.http.get(f"/api/auctions/{open_auction(server)['id']}").headers["etag"]
    first = bid(server, 1, 12, headers={"If-Match": opened})
    assert first.status_code == 201
    assert_problem(bid(server, 1, 13, headers={"If-Match": opened}), 412, "stale")
    assert_problem(server.http.post("/api/auctions/1/close", headers={"If-Match": opened}), 412, "stale")
    assert_problem(bid(server, 1, 13, headers={"If-Match": '"no-version"'}), 412, "stale")
    assert_problem(bid(server, 1, 13, headers={"If-None-Match": "*"}), 412, "exists")
    assert_problem(bid(server, 1, 13, headers={"If-None-Match": first.headers["etag"]}), 412, "unchanged")
    assert_problem(bid(server, 9, 13, headers={"If-Match": opened}), 404, "not-found", "auction")
    # The state decides: too early, and not stale.
    assert_problem(server.http.post("/api/auctions/1/close", headers={"If-Match": first.headers["etag"]}), 409, "early", "auction")
    assert bid(server, 1, 13, headers={"If-Match": f'"999", W/{first.headers["etag"]}'}).status_code == 201
    assert bid(server, 1, 14, headers={"If-Match": "*"}).status_code == 201
    assert server.head == 5


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
def test_creations_accept_no_conditions(server, name):
    for path, body in [
        ("/api/products", product()), ("/api/messages", {"text": "x"}), ("/api/events", {"topic": "t", "type": "x", "data": 1}),
        ("/api/auctions", {"product": 1, "startPrice": 10, "minimumStep": 1, "seconds": 600}),
    ]:
        for value in ["*", '"0123456789abcdef-1"']:
            assert_problem(server.http.post(path, json=body, headers={name: value}), 400, "invalid", name)
    assert server.head == 0


def test_if_match_accepts_a_list_and_a_star(server):
    tag = server.http.post("/api/products", json=product()).headers["etag"]
    for header in [f'"999", {tag}', "*"]:
        answer = server.http.patch("/api/products/1", json={"stock": 5}, headers={"If-Match": header})
        assert answer.status_code == 200, answer.text


def test_a_tag_that_a_proxy_has_weakened_names_the_same_version(server):
    """nginx does this to the tags of responses that it compresses."""
    tag = server.http.post("/api/products", json=product()).headers["etag"]
    assert server.http.patch("/api/products/1", json={"stock": 5}, headers={"If-Match": f"W/{tag}"}).status_code == 200
    assert_problem(server.http.patch("/api/products/1", json={"stock": 6}, headers={"If-Match": f"W/{tag}"}), 412, "stale")


def test_if_none_match_star_is_rejected_for_changes(server):
    tag = server.http.post("/api/products", json=product()).headers["etag"]
    for header, code in [("*", "exists"), (tag, "unchanged"), (f"W/{tag}", "unchanged")]:
        headers = {"If-None-Match": header}
        assert_problem(server.http.put("/api/products/1", json=product(), headers=headers), 412, code)
        assert_problem(server.http.patch("/api/products/1", json={"stock": 5}, headers=headers), 412, code)
        assert_problem(server.http.delete("/api/products/1", headers=headers), 412, code)
    for headers in [{"If-None-Match": "*"}, {"If-Match": "*"}, {"If-Match": tag}, {"If-Match": '"of another log"'}]:
        assert_problem(server.http.put("/api/products/2", json=product(), headers=headers), 404, "not-found", "id")
    assert server.http.put("/api/products/1", json=product(stock=3), headers={"If-None-Match": '"other"'}).status_code == 200
    assert server.head == 2


@pytest.mark.parametrize("what, create, change", [
    ("products", lambda http: http.post("/api/products", json=product()), lambda http, stock: http.patch("/api/products/1", json={"stock": stock})),
    ("auctions", lambda http: http.post("/api/auctions", json={"product": 1, "startPrice": 10, "minimumStep": 1, "seconds": 600}),
     lambda http, amount: http.post("/api/auctions/1/bids", json={"amount": 20 + amount, "bidder": "Ana"})),
])
def test_after_a_restore_tags_of_lost_versions_do_not_match(server, tmp_path, what, create, change):
    if what == "auctions":
        server.http.post("/api/products", json=product())
    assert create(server.http).status_code == 201
    assert server.tool("backup", tmp_path / "backup").returncode == 0
    lost = change(server.http, 7).headers["etag"]
    assert server.stop() == 0
    restored = tool("log", "restore", tmp_path / "backup", "--yes", "--data", server.data)
    assert restored.returncode == 0, restored.stderr
    server.start()
    kept = change(server.http, 8).headers["etag"]
    assert kept.split("-")[1] == lost.split("-")[1], "the same number"
    assert server.http.get(f"/api/{what}/1", headers={"If-None-Match": lost}).status_code == 200
    assert server.http.get(f"/api/{what}/1", headers={"If-None-Match": kept}).status_code == 304
    if what == "products":
        assert_problem(server.http.patch("/api/products/1", json={"stock": 9}, headers={"If-Match": lost}), 412, "stale")
