"""The pages as the server renders them."""

from bodies import product
from bitacora import SEED


def test_the_seeded_home_page_shows_every_product(make_server):
    server = make_server("--seed", "--seed-from", SEED)
    products = server.http.get("/api/products").json()["products"]
    assert len(products) >= 40
    page = server.http.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for entry in products:
        assert f'id="product-{entry["id"]}"' in page.text
    assert f"Rendered at offset" in page.text and f">{server.head}</a>" in page.text
    assert server.log_id in page.text
    assert len(server.http.get("/api/messages").json()["messages"]) >= 30


def test_the_seed_is_planted_into_an_empty_log_only(make_server):
    server = make_server("--seed", "--seed-from", SEED)
    head = server.head
    server.restart()
    assert server.head == head


def test_what_products_say_is_text_in_a_page(server):
    hostile = """<script>alert(1)</script><img src=x onerror=alert(1)>"'{{title}}&"""
    server.http.post("/api/products", json=product(
        title=hostile, description=hostile, category=hostile[:60], code="&lt;b&gt;", thumbnails=["/a\"b'c.png"]))
    for path in ["/", "/realtimeproducts"]:
        text = server.http.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
        assert "{{title}}" in text
        assert "&amp;lt;b&amp;gt;" in text
        assert '/a"b' not in text


def test_a_page_is_rendered_at_the_newest_offset(server):
    assert "No product has been entered yet." in server.http.get("/").text
    for number in range(1, 20):
        server.http.post("/api/products", json=product())
        assert f'data-position="{server.position(number)}"' in server.http.get("/").text


def test_every_asset_a_page_names_is_there(make_server):
    import re

    server = make_server("--seed", "--seed-from", SEED)
    for path in ["/", "/realtimeproducts"]:
        names = set(re.findall(r'(?:src|href)="(/[^"?]*)', server.http.get(path).text))
        assert any(name.startswith("/assets/") for name in names)
        for name in names:
            assert server.http.get(name).status_code == 200, name
