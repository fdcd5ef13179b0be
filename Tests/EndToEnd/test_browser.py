"""The pages in a real browser."""

import pytest

from bitacora import SEED
from bodies import product
from browser import LIVE, Page, in_windows

pytestmark = pytest.mark.long


@pytest.fixture
def seeded(make_server):
    return make_server("--seed", "--seed-from", SEED)


@pytest.fixture
def realtime(server, context):
    def make():
        return Page(context, server.url + "/realtimeproducts").wait_live()

    return make


def test_home_shows_the_seeded_products(seeded, context):
    home = Page(context, seeded.url + "/")
    products = seeded.http.get("/api/products").json()["products"]
    assert home.titles() == [entry["title"] for entry in products]
    assert home.page.text_content("#product-count") == str(len(products))
    assert home.page.text_content("#log-id") == seeded.log_id
    assert home.problems == []


@pytest.mark.parametrize("path, name", [("/", "home"), ("/realtimeproducts", "realtime"), ("/nothing", "missing")])
@in_windows((1440, "light"), (320, "light"), (1440, "dark"))
def test_a_page_fits_its_window(seeded, chromium, path, name, width, scheme):
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = Page(context, seeded.url + path)
    if name == "realtime":
        page.wait_live()
        page.page.click("#more summary")
    page.page.wait_for_load_state("networkidle")
    page.screenshot(f"{name}-{width}-{scheme}")
    widths = page.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1], "the page scrolls sideways"
    assert page.problems == [] or name == "missing"
    context.close()


def test_a_product_created_in_one_window_shows_in_the_other(server, realtime):
    left, right = realtime(), realtime()
    left.create(title="Sextant", code="SX-1", price="129.50", stock=4)
    left.wait_for_title("Sextant")
    right.wait_for_title("Sextant")
    left.wait_for_text("#form-status", "Created at offset 1.")
    right.wait_for_text("#product-count", 1)
    right.wait_for_text("#live-offset", 1)
    kept = server.http.get("/api/products/1").json()["product"]
    assert (kept["title"], kept["price"], kept["stock"]) == ("Sextant", 129.5, 4)
    right.page.click('#product-1 [data-action="delete"]')
    left.page.wait_for_selector("#product-1", state="detached")
    right.page.wait_for_selector("#product-1", state="detached")
    assert server.http.get("/api/products/1").status_code == 404
    assert left.problems == right.problems == []


def test_all_fields_of_the_form_arrive(server, realtime):
    page = realtime()
    page.page.click("#more summary")
    page.create(
        title="Lamp", code="L-1", price="1e1", stock=2, description="Burns", category="Lamps",
        thumbnails="/assets/thumbs/lamps.svg")
    page.wait_for_title("Lamp")
    kept = server.http.get("/api/products/1").json()["product"]
    assert (kept["price"], kept["description"], kept["category"], kept["thumbnails"]) == (10, "Burns", "Lamps", ["/assets/thumbs/lamps.svg"])


def test_an_error_is_shown_beside_its_field_and_the_input_stays(server, realtime):
    server.http.post("/api/products", json=product(code="TAKEN"))
    page = realtime()
    page.create(title="Second", code="TAKEN", price=1)
    page.page.locator("#error-code", has_text="TAKEN").wait_for()
    assert page.page.input_value("#field-title") == "Second"
    assert page.page.get_attribute("#field-code", "aria-invalid") == "true"
    page.create(code="FREE")
    page.wait_for_title("Second")
    assert page.page.text_content("#error-code") == ""


def test_errors_that_the_browser_finds_are_shown_before_sending(server, realtime):
    page = realtime()
    page.create(title="No price", code="N")
    page.page.locator("#error-price:not(:empty)").wait_for()
    page.create(price=-1)
    page.page.locator("#error-price:not(:empty)").wait_for()
    assert server.head == 0


def test_products_of_other_clients_show_at_once(server, realtime):
    page = realtime()
    server.http.post("/api/products", json=product(title="By HTTP"))
    page.wait_for_title("By HTTP")
    server.http.patch("/api/products/1", json={"title": "Changed", "stock": 77})
    page.wait_for_title("Changed")
    page.wait_for_text('#product-1 [data-field="stock"]', 77)
    server.http.delete("/api/products/1")
    page.page.wait_for_selector("#product-1", state="detached")


def test_text_of_products_is_never_html(server, realtime):
    page = realtime()
    title = "<img src=x onerror=\"document.body.remove()\"><b>bold</b>"
    server.http.post("/api/products", json=product(title=title, description=title, thumbnails=["data.png?\"'<>"]))
    page.page.wait_for_selector("#product-1")
    assert page.titles() == [title]
    page.page.reload()
    page.wait_live()
    assert page.titles() == [title]
    assert page.page.locator("#products b:not([data-field])").count() == 0


def test_a_page_goes_offline_and_catches_up_without_duplicates(server, realtime):
    page = realtime()
    server.http.post("/api/products", json=product(title="Before"))
    page.wait_for_title("Before")
    server.kill9()
    page.page.wait_for_selector('#connection[data-state="offline"]')
    server.start()
    for number in range(5):
        server.http.post("/api/products", json=product(title=f"While away {number}"))
    server.http.delete("/api/products/1")
    page.page.wait_for_selector(LIVE)
    page.wait_for_title("While away 4")
    page.page.wait_for_selector("#product-1", state="detached")
    assert page.ids() == [f"product-{id}" for id in range(2, 7)]
    assert page.titles() == [f"While away {number}" for number in range(5)]


def test_a_command_sent_offline_is_delivered_once_after_reconnecting(server, realtime):
    page = realtime()
    assert server.stop() == 0
    page.page.wait_for_selector('#connection[data-state="offline"]')
    page.create(title="Later", code="L", price=1)
    server.start()
    page.wait_for_title("Later")
    assert server.head == 1


def test_a_page_reloads_when_the_server_has_another_log(server, realtime, tmp_path):
    server.http.post("/api/products", json=product(title="Of the old log"))
    page = realtime()
    server.kill9()
    server.data = tmp_path / "another"
    server.start()
    server.http.post("/api/products", json=product(title="Of the new log"))
    page.wait_for_title("Of the new log")
    page.page.wait_for_selector(LIVE)
    assert page.titles() == ["Of the new log"]


def test_a_burst_is_drawn_whole_and_in_order(server, realtime):
    page = realtime()
    for number in range(200):
        server.http.post("/api/products", json=product(title=f"Burst {number}"))
    page.wait_for_text("#product-count", 200)
    assert page.titles() == [f"Burst {number}" for number in range(200)]
    assert page.problems == []
