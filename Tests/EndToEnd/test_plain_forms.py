"""Creating, editing and deleting products without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from bitacora import tool
from bodies import assert_problem, product
from browser import Page, in_windows

pytestmark = pytest.mark.long

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def plain(server, chromium):
    context = chromium.new_context(java_script_enabled=False)
    yield Plain(context, server.url + "/realtimeproducts")
    context.close()


class Plain(Page):
    def send(self, selector):
        with self.page.expect_navigation():
            self.page.click(selector)


def test_products_can_be_created_edited_and_deleted_without_javascript(server, plain):
    plain.page.click("#more summary")
    plain.fill(title="Lamp", code="L-1", price="9.5", stock=2, description="One\nTwo", category="Lamps", thumbnails="/a.png\n/b.png")
    plain.send("#create-button")
    assert plain.page.url == server.url + "/realtimeproducts#product-1"
    kept = server.http.get("/api/products/1").json()["product"]
    assert (kept["price"], kept["stock"], kept["description"], kept["category"]) == (9.5, 2, "One\nTwo", "Lamps")
    assert (kept["thumbnails"], kept["status"]) == (["/a.png", "/b.png"], True)
    plain.page.reload()
    assert server.head == 1

    plain.send('#product-1 [data-action="edit"]')
    assert plain.page.input_value("#field-description") == "One\nTwo"
    plain.fill(title="Lantern", price="12")
    plain.page.uncheck("#field-status")
    plain.send("#save-button")
    assert plain.titles() == ["Lantern"]
    changed = server.http.get("/api/events/2").json()["data"]
    assert changed == {"id": 1, "title": "Lantern", "price": 12, "status": False}

    plain.send('#product-1 [data-action="edit"]')
    plain.send("#delete-button")
    assert plain.titles() == []
    assert plain.page.url == server.url + "/realtimeproducts"
    assert plain.page.is_visible("#noscript") and not plain.page.is_visible("#connection")


def test_an_error_is_shown_beside_its_field_and_the_form_keeps_its_values(server, plain):
    server.http.post("/api/products", json=product(code="TAKEN"))
    hostile = "\"><script>alert(1)</script>"
    plain.fill(title=hostile, code="TAKEN", price=1)
    plain.send("#create-button")
    assert "TAKEN" in plain.page.text_content("#error-code")
    assert plain.page.get_attribute("#field-code", "aria-invalid") == "true"
    assert (plain.page.input_value("#field-title"), plain.page.input_value("#field-price")) == (hostile, "1")
    plain.fill(code="FREE")
    plain.send("#create-button")
    assert plain.titles()[1] == hostile
    assert len(server.events()["events"]) == 2


def test_editing_a_product_that_has_changed_asks_for_confirmation(server, plain):
    server.http.post("/api/products", json=product(title="Lamp"))
    plain.page.goto(server.url + "/products/1")
    server.http.patch("/api/products/1", json={"stock": 7})
    plain.fill(title="Lantern")
    plain.send("#save-button")
    assert "changed at offset 2" in plain.page.text_content("#form-error")
    assert plain.page.input_value("#field-title") == "Lantern"
    plain.send("#save-button")
    assert plain.titles() == ["Lantern"]


def test_a_form_from_before_a_restore_asks_for_confirmation(server, plain, tmp_path):
    server.http.post("/api/products", json=product(title="Lamp"))
    assert server.tool("backup", tmp_path / "backup").returncode == 0
    server.http.patch("/api/products/1", json={"title": "Lost"})
    plain.page.goto(server.url + "/products/1")
    assert server.stop() == 0
    restored = tool("log", "restore", tmp_path / "backup", "--yes", "--data", server.data)
    assert restored.returncode == 0, restored.stderr
    server.start()
    # The same version number with other content.
    server.http.patch("/api/products/1", json={"title": "Rope"})
    plain.fill(title="Lantern")
    plain.send("#save-button")
    assert "names no version of the product in this log" in plain.page.text_content("#form-error")
    assert server.http.get("/api/products/1").json()["product"]["title"] == "Rope"
    plain.send("#save-button")
    assert plain.titles() == ["Lantern"]


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
])
@pytest.mark.parametrize("path", ["/realtimeproducts", "/products/1", "/products/1/delete"])
def test_a_form_of_another_site_is_refused(server, path, headers):
    server.http.post("/api/products", json=product())
    answer = server.http.post(path, content="title=A&code=B&price=1", headers={**FORM, **headers})
    assert_problem(answer, 403, "wrong-origin")
    assert server.head == 1


def test_a_page_of_another_site_cannot_send_a_form(server, chromium):
    server.http.post("/api/products", json=product())
    context = chromium.new_context()
    page = context.new_page()
    # The browser sends the origin of the page; a data: page has the opaque origin null.
    page.goto(f"data:text/html,<form method=post action='{server.url}/products/1/delete'><button>Win a prize</button></form>")
    with page.expect_navigation():
        page.click("button")
    assert page.text_content("#failure-status") == "403"
    assert server.head == 1
    context.close()


def test_a_deleted_product_is_answered_with_an_error_page(server, plain):
    plain.page.goto(server.url + "/products/7")
    assert "no product 7" in plain.page.text_content("#failure-detail")


@in_windows((1440, "light"), (320, "dark"))
def test_the_editing_page_is_accessible_and_fits(server, chromium, width, scheme):
    server.http.post("/api/products", json=product(title="W" * 200, description="d" * 4000))
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = Page(context, server.url + "/products/1")
    report = Axe().run(page.page)
    assert report.violations_count == 0, report.generate_report()
    widths = page.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1], "the page scrolls sideways"
    page.screenshot(f"edit-{width}-{scheme}")
    context.close()
