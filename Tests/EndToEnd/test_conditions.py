"""ETag, If-None-Match and If-Match."""

import pytest

from bodies import assert_problem, product


@pytest.mark.parametrize("path", ["/", "/realtimeproducts", "/api/products", "/api/products/1", "/api/events/1", "/assets/style.css"])
def test_what_has_not_changed_is_answered_304(server, path):
    server.http.post("/api/products", json=product())
    first = server.http.get(path)
    assert first.status_code == 200
    tag = first.headers["etag"]
    for header in [tag, f'"other", {tag}', f"W/{tag}", "*"]:
        again = server.http.get(path, headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert server.http.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/realtimeproducts", "/api/products", "/api/products/1"])
def test_what_has_changed_has_another_tag(server, path):
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


def test_if_match_takes_a_list_and_a_star(server):
    tag = server.http.post("/api/products", json=product()).headers["etag"]
    for header in [f'"999", {tag}', "*"]:
        answer = server.http.patch("/api/products/1", json={"stock": 5}, headers={"If-Match": header})
        assert answer.status_code == 200, answer.text
