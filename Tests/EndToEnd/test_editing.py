"""Editing in place and deleting with undo, on the real-time products page."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from bodies import product
from browser import LIVE, Page, in_windows

pytestmark = pytest.mark.long

OFFLINE = '#connection[data-state="offline"]'


@pytest.fixture
def desk(server, chromium):
    """Opens windows on the page, each with its own context."""
    contexts = []

    def make(**options):
        context = chromium.new_context(**options)
        contexts.append(context)
        return Desk(context, server.url + "/realtimeproducts").wait_live()

    yield make
    for context in contexts:
        context.close()


class Desk(Page):
    def act(self, id, action):
        self.page.click(f'#product-{id} [data-action="{action}"]')
        return self

    def field(self, id, name):
        return f"#product-{id}-edit-field-{name}"

    def type(self, id, **fields):
        for name, value in fields.items():
            self.page.fill(self.field(id, name), str(value))
        return self

    def save(self, id):
        self.page.click(f'#product-{id} .editor [type="submit"]')
        return self

    def wait_closed(self, id):
        self.page.wait_for_selector(f"#product-{id} .editor", state="detached")


def test_a_product_is_edited_in_its_row_and_the_other_window_follows(server, desk):
    server.http.post("/api/products", json=product(title="Lamp", description="a\nb", category="Deck", thumbnails=["/assets/thumbs/rope.svg", "/b.png"]))
    left, right = desk(), desk()
    left.act(1, "edit")
    assert left.page.evaluate("document.activeElement.name") == "title"
    assert left.page.input_value(left.field(1, "description")) == "a\nb"
    assert left.page.input_value(left.field(1, "thumbnails")) == "/assets/thumbs/rope.svg\n/b.png"
    left.type(1, title="Lantern", price="12.50", thumbnails="/assets/thumbs/lamps.svg\n/b.png\n/a.png")
    left.page.uncheck(left.field(1, "status"))
    left.save(1).wait_closed(1)
    right.wait_for_title("Lantern")
    assert server.http.get("/api/events/2").json()["data"] == {
        "id": 1, "title": "Lantern", "price": 12.5, "status": False, "thumbnails": ["/assets/thumbs/lamps.svg", "/b.png", "/a.png"]}
    assert left.page.evaluate("document.activeElement.dataset.action") == "edit"
    # The row of the other window has all changes.
    right.act(1, "edit")
    assert right.page.input_value(right.field(1, "thumbnails")) == "/assets/thumbs/lamps.svg\n/b.png\n/a.png"
    assert left.problems == right.problems == []


def test_the_error_of_an_edit_is_shown_beside_its_field_and_the_input_stays(server, desk):
    server.http.post("/api/products", json=product(title="Lamp"))
    server.http.post("/api/products", json=product(code="TAKEN"))
    page = desk().act(1, "edit").type(1, title="Lantern", code="TAKEN").save(1)
    page.page.locator("#product-1-edit-error-code", has_text="TAKEN").wait_for()
    assert page.page.input_value(page.field(1, "title")) == "Lantern"
    page.type(1, code="FREE", price="-1").save(1)
    page.page.locator("#product-1-edit-error-price:not(:empty)").wait_for()
    assert server.head == 2
    page.type(1, price="1").save(1).wait_closed(1)
    assert server.http.get("/api/products/1").json()["product"]["code"] == "FREE"


def test_changes_of_others_during_an_edit_are_kept(server, desk):
    server.http.post("/api/products", json=product(title="Lamp", stock=1))
    page = desk().act(1, "edit").type(1, title="Lantern")
    server.http.patch("/api/products/1", json={"stock": 9, "title": "Torch"})
    page.page.locator("#product-1-edit-error-title", has_text="Torch").wait_for()
    assert page.page.input_value(page.field(1, "stock")) == "9"
    page.save(1).wait_closed(1)
    kept = server.http.get("/api/products/1").json()["product"]
    assert (kept["title"], kept["stock"]) == ("Lantern", 9)


def test_closing_an_editor_changes_nothing(server, desk):
    server.http.post("/api/products", json=product(title="Lamp", description=" \n x"))
    page = desk().act(1, "edit")
    page.page.keyboard.press("Escape")
    page.wait_closed(1)
    page.act(1, "edit").save(1).wait_closed(1)
    page.act(1, "edit").type(1, title="Other").page.click('#product-1 [data-action="cancel"]')
    page.wait_closed(1)
    assert page.titles() == ["Lamp"]
    assert server.head == 1


def test_the_text_in_an_editor_survives_reconnecting_and_the_deletion_of_the_product(server, desk):
    server.http.post("/api/products", json=product(title="Lamp"))
    page = desk().act(1, "edit").type(1, title="Lantern")
    page.fill(title="New", code="N")
    server.kill9()
    page.page.wait_for_selector(OFFLINE)
    server.start()
    page.page.wait_for_selector(LIVE)
    assert page.page.input_value(page.field(1, "title")) == "Lantern"
    assert page.page.input_value("#field-title") == "New"
    server.http.delete("/api/products/1")
    page.page.locator("#product-1 [data-role='error']", has_text="was deleted").wait_for()
    assert page.page.input_value(page.field(1, "title")) == "Lantern"
    page.page.click('#product-1 [data-action="cancel"]')
    page.page.wait_for_selector("#product-1", state="detached")
    page.page.wait_for_selector("#empty")


def test_the_text_in_an_editor_survives_another_log(server, desk, tmp_path):
    for title in ["Lamp", "Rope"]:
        server.http.post("/api/products", json=product(title=title))
    page = desk().act(1, "edit").type(1, title="Lantern").act(2, "edit").type(2, title="Line")
    # The page reconnects when the other log has its product.
    page.page.context.set_offline(True)
    page.page.wait_for_selector(OFFLINE)
    server.kill9()
    server.data = tmp_path / "another"
    server.start()
    server.http.post("/api/products", json=product(title="Of the new log"))
    page.page.context.set_offline(False)
    page.page.locator("#product-1-edit-error-title", has_text="Of the new log").wait_for()
    page.page.locator("#product-2 [data-role='error']", has_text="was deleted").wait_for()
    assert page.page.input_value(page.field(1, "title")) == "Lantern"
    assert page.page.input_value(page.field(2, "title")) == "Line"


def test_changes_made_offline_are_sent_once_after_reconnecting(server, desk):
    for title in ["Lamp", "Rope", "Sail"]:
        server.http.post("/api/products", json=product(title=title))
    page = desk()
    assert server.stop() == 0
    page.page.wait_for_selector(OFFLINE)
    assert page.page.text_content("#connection").startswith("Offline since ")
    page.act(1, "edit").type(1, title="Lantern").save(1)
    page.page.locator("#product-1 [data-role='status']", has_text="sent when the connection is back").wait_for()
    page.act(2, "delete")
    page.page.wait_for_selector('#product-2[aria-busy="true"]')
    page.create(title="New", code="N", price=1)
    server.start()
    page.wait_for_title("New")
    page.page.wait_for_selector("#product-2", state="detached")
    page.wait_closed(1)
    page.page.wait_for_selector(LIVE)
    assert sorted(event["type"] for event in server.events(after=3)["events"]) == ["product.created", "product.deleted", "product.updated"]


def test_an_undone_deletion_appends_nothing(server, desk):
    for title in ["Lamp", "Rope"]:
        server.http.post("/api/products", json=product(title=title))
    left, right = desk(), desk()
    left.act(1, "delete").act(2, "delete").act(1, "undo")
    assert left.page.evaluate("document.activeElement.dataset.action") == "delete"
    left.page.wait_for_selector("#product-2", state="detached")
    right.page.wait_for_selector("#product-2", state="detached")
    assert left.ids() == right.ids() == ["product-1"]
    assert server.head == 3


def test_leaving_the_page_does_not_undo_a_deletion(server, desk):
    server.http.post("/api/products", json=product(title="Lamp"))
    left, right = desk(), desk()
    left.act(1, "delete").page.goto(server.url + "/")
    right.page.wait_for_selector("#product-1", state="detached")
    assert server.head == 2


def test_everything_works_with_the_keyboard(server, desk):
    server.http.post("/api/products", json=product(title="Lamp"))
    page = desk()
    page.page.focus('#product-1 [data-action="edit"]')
    page.page.keyboard.press("Enter")
    page.page.keyboard.press("Control+A")
    page.page.keyboard.type("Lantern")
    page.page.keyboard.press("Enter")
    page.wait_for_title("Lantern")
    page.wait_closed(1)
    page.page.keyboard.press("Tab")
    page.page.keyboard.press("Enter")
    assert page.page.evaluate("document.activeElement.dataset.action") == "undo"
    page.page.keyboard.press("Enter")
    assert page.page.evaluate("document.activeElement.dataset.action") == "delete"
    assert server.head == 2


def test_hostile_text_in_an_editor_is_never_html(server, desk):
    hostile = "</textarea><script>document.title='broken'</script>\"><img src=x onerror=\"document.title='broken'\">{{title}}"
    server.http.post("/api/products", json=product(title=hostile, description=hostile, category=hostile[:64], thumbnails=["a'\"<b>", "c&\"'<i>"]))
    page = desk().act(1, "edit")
    assert page.page.input_value(page.field(1, "description")) == hostile
    assert page.page.input_value(page.field(1, "thumbnails")) == "a'\"<b>\nc&\"'<i>"
    page.type(1, title=hostile + "!").save(1).wait_closed(1)
    page.act(1, "delete")
    assert page.page.text_content('#product-1 [data-role="title"]') == hostile + "!"
    assert page.page.title().startswith("Real-time products")


@in_windows((1440, "light"), (320, "light"), (320, "dark"), (1440, "dark"))
def test_editing_and_undoing_are_accessible_and_fit(server, desk, width, scheme):
    for title in ["Lamp", "Rope", "W" * 200]:
        server.http.post("/api/products", json=product(title=title, description="Long and strong. " * 9))
    page = desk(viewport={"width": width, "height": 1200}, color_scheme=scheme)
    page.act(3, "delete").act(1, "edit").type(1, price="-1").save(1)
    report = Axe().run(page.page)
    assert report.violations_count == 0, report.generate_report()
    widths = page.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1], "the page scrolls sideways"
    page.screenshot(f"editing-{width}-{scheme}")
