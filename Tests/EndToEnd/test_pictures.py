"""Pictures of products on other sites: pages load them only from allowed sites."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bitacora import tool
from bodies import product
from browser import Page

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"/>'
PLACEHOLDER = "/assets/thumbs/elsewhere.svg"


@pytest.fixture
def elsewhere():
    """Another site with a picture at every address; `asked` lists the addresses that were loaded."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/svg+xml")
            self.send_header("Content-Length", str(len(PICTURE)))
            self.end_headers()
            self.wfile.write(PICTURE)

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as site:
        site.asked = asked
        site.origin = f"http://127.0.0.1:{site.server_port}"
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        yield site
        site.shutdown()
        thread.join()


def fill(server, *addresses):
    made = server.http.post("/api/products", json=product(title="Lamp", thumbnails=[*addresses, "/assets/thumbs/rope.svg"]))
    assert made.status_code == 201, made.text
    server.http.post("/api/auctions", json={"product": 1, "startPrice": 10, "minimumStep": 1, "seconds": 600})


def source(page):
    return page.page.get_attribute("#main img", "src")


def test_a_picture_on_another_site_is_not_loaded_and_has_a_placeholder(server, context, elsewhere):
    address = elsewhere.origin + "/a.png"
    live = Page(context, server.url + "/realtimeproducts").wait_live()
    fill(server, address)
    live.wait_for_title("Lamp")
    for page in [live, *(Page(context, server.url + path) for path in ["/", "/realtimeproducts", "/auctions", "/auctions/1"])]:
        assert source(page) == PLACEHOLDER
        assert page.page.locator("#main img").first.evaluate("async picture => { await picture.decode(); return picture.naturalWidth > 0; }")
        assert page.page.get_attribute("#main img", "alt").startswith("A picture on another site")
        assert page.problems == []
    assert page.page.get_attribute("#picture", "href") == address
    assert elsewhere.asked == []
    # The address can still be edited, in rows of the script and of the server.
    for page in [live, Page(context, server.url + "/realtimeproducts").wait_live()]:
        page.page.click('#product-1 [data-action="edit"]')
        assert page.page.input_value("#product-1-edit-field-thumbnails") == f"{address}\n/assets/thumbs/rope.svg"


def test_a_row_changes_between_its_own_picture_and_a_placeholder(server, context, elsewhere):
    fill(server, "/assets/thumbs/lamps.svg")
    page = Page(context, server.url + "/realtimeproducts").wait_live()
    assert (source(page), page.page.get_attribute("#main img", "alt")) == ("/assets/thumbs/lamps.svg", "")
    for pictures, shown in [([elsewhere.origin + "/b"], PLACEHOLDER), (["/assets/thumbs/galley.svg"], "/assets/thumbs/galley.svg"), ([], "/assets/thumbs/none.svg")]:
        server.http.patch("/api/products/1", json={"thumbnails": pictures})
        page.page.wait_for_selector(f'#product-1 img[src="{shown}"]')
        assert (page.page.get_attribute("#main img", "alt") != "") == (shown == PLACEHOLDER)
    assert elsewhere.asked == [] and page.problems == []


def test_pictures_of_an_allowed_site_are_shown(make_server, context, elsewhere):
    server = make_server("--image-origin", "https://cdn.example", "--image-origin", elsewhere.origin)
    policy = server.http.get("/").headers["content-security-policy"]
    assert f"; img-src 'self' data: {elsewhere.origin} https://cdn.example; " in policy
    live = Page(context, server.url + "/realtimeproducts").wait_live()
    fill(server, elsewhere.origin + "/a.png")
    live.wait_for_title("Lamp")
    for page in [live, *(Page(context, server.url + path) for path in ["/", "/realtimeproducts", "/auctions", "/auctions/1"])]:
        assert source(page) == elsewhere.origin + "/a.png"
        page.page.wait_for_function("() => document.querySelector('#main img').naturalWidth === 7")
        assert page.problems == []
    assert set(elsewhere.asked) == {"/a.png"}


def test_by_default_pages_load_pictures_from_nowhere_else(server):
    for path in ["/", "/api/products", "/nothing"]:
        assert "; img-src 'self' data:; " in server.http.get(path).headers["content-security-policy"]


@pytest.mark.parametrize("text", ["cdn.example", "https://cdn.example/", "https://*.example", "https://a.example; script-src *", "ftp://cdn.example"])
def test_an_invalid_origin_is_rejected_at_start(text, tmp_path):
    result = tool("serve", "--port", "0", "--data", tmp_path / "log", f"--image-origin={text}")
    assert result.returncode == 64, result.stderr
    assert f"'{text}' is not an origin; write https:// or http://" in result.stderr
    assert not (tmp_path / "log").exists()
