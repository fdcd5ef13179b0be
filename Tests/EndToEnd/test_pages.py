"""The pages as the server renders them."""


from bodies import product
from bitacora import SEED, copied_views


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


def test_the_seed_is_loaded_into_an_empty_log_only(make_server):
    server = make_server("--seed", "--seed-from", SEED)
    head = server.head
    server.restart()
    assert server.head == head


def test_text_of_products_is_escaped(server):
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
    assert "No products yet." in server.http.get("/").text
    for number in range(1, 20):
        server.http.post("/api/products", json=product())
        assert f'data-position="{server.position(number)}"' in server.http.get("/").text


def test_every_asset_of_a_page_exists(make_server):
    import re

    server = make_server("--seed", "--seed-from", SEED)
    for path in ["/", "/realtimeproducts"]:
        names = set(re.findall(r'(?:src|href)="(/[^"?]*)', server.http.get(path).text))
        assert any(name.startswith("/assets/") for name in names)
        # From the <template> row, which the script completes with an id.
        for name in names - {"/products/"}:
            assert server.http.get(name).status_code == 200, name


def test_in_development_edits_show_at_the_next_request_and_errors_as_pages(make_server, tmp_path):
    views = copied_views(tmp_path / "Views")
    server = make_server("--development", "--views", views)
    home = views / "home.handlebars"
    sound = home.read_text()
    assert "<h1>Products</h1>" in server.http.get("/").text
    home.write_text(sound.replace("Products", "Wares"))
    assert "<h1>Wares</h1>" in server.http.get("/").text
    home.write_text("<script>\n{{#each products}}")
    broken = server.http.get("/")
    assert broken.status_code == 500
    assert "home.handlebars:2:1" in broken.text
    assert '<li aria-current="true" value="2"><code>{{#each products}}</code><code aria-hidden="true">^</code></li>' in broken.text
    assert server.http.get("/realtimeproducts").status_code == 200
    # An error in a partial or a layout affects every page that uses it.
    home.write_text(sound)
    layout = views / "layouts/main.handlebars"
    layout.write_text("<b>{{> nowhere}}</b>")
    broken = server.http.get("/", headers={"Accept": "text/html"})
    assert broken.status_code == 500
    assert "The partial nowhere could not be found" in broken.text
    assert "&lt;b&gt;{{&gt; nowhere}}&lt;/b&gt;" in broken.text
    assert server.http.get("/healthz").status_code == 200
    layout.write_text("edited {{{body}}}")
    assert server.http.get("/").text.startswith("edited ")


def test_without_development_templates_are_read_once(make_server, tmp_path):
    views = copied_views(tmp_path / "Views")
    server = make_server("--views", views)
    (views / "home.handlebars").write_text("{{#if")
    assert "<h1>Products</h1>" in server.http.get("/").text
