"""The home page in a real browser: finding products, and past states. The page has no script."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from bitacora import SEED
from bodies import product
from browser import Page, in_windows

pytestmark = pytest.mark.long

HOSTILE = "</option></script><script>document.title='broken'</script>\"'><img src=x onerror=\"document.title='broken'\">{{title}}"


@pytest.fixture
def open_home(server, chromium):
    """Opens windows on the home page, each with its own context."""
    contexts = []

    def make(query="", on=None, **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        return Home(context, (on or server).url + "/" + query)

    yield make
    for context in contexts:
        context.close()


class Home(Page):
    def follow(self, selector):
        """Clicks a link or button, and waits for the next page."""
        with self.page.expect_navigation():
            self.page.click(selector)
        return self

    def show(self, q=None, category=None, sort=None, at=None):
        if q is not None:
            self.page.fill("#filter-q", q)
        if category is not None:
            self.page.select_option("#filter-category", category)
        if sort is not None:
            self.page.select_option("#filter-sort", sort)
        if at is not None:
            self.page.fill("#filter-at", str(at))
        return self.follow("#filter button")


@pytest.mark.parametrize("scripted", [True, False])
def test_products_are_found_with_the_form(make_server, open_home, scripted):
    server = make_server("--seed", "--seed-from", SEED)
    everything = server.http.get("/api/products").json()["products"]
    home = open_home(on=server, java_script_enabled=scripted)
    assert len(home.titles()) == len(everything)
    home.show(q="COMPASS brass")
    assert home.titles() == ["Steering compass, 4 inch"]
    home.show(q="", category="Navigation", sort="dearest")
    wanted = sorted((entry for entry in everything if entry["category"] == "Navigation"), key=lambda entry: (-entry["price"], entry["id"]))
    assert home.titles() == [entry["title"] for entry in wanted]
    assert home.page.input_value("#filter-sort") == "dearest"
    home.show(q="nothing like it")
    assert home.titles() == []
    assert home.page.input_value("#filter-category") == "Navigation"
    assert len(home.follow("#everything").titles()) == len(everything)
    assert home.problems == []


def test_a_long_list_has_pages_that_keep_the_filter(server, open_home):
    for number in range(1, 216):
        server.http.post("/api/products", json=product(title=f"{'Odd' if number % 2 else 'Even'} {number}"))
    home = open_home()
    seen = home.titles()
    while home.page.is_visible("#next"):
        seen += home.follow("#next").titles()
    assert seen == [f"{'Odd' if number % 2 else 'Even'} {number}" for number in range(1, 216)]
    home.show(q="odd", sort="newest")
    assert home.titles() == [f"Odd {number}" for number in range(215, 16, -2)]
    assert home.page.text_content("#found") == "108 products found, showing 1 to 100"
    home.follow("#next")
    assert home.titles() == [f"Odd {number}" for number in range(15, 0, -2)]
    assert home.page.input_value("#filter-q") == "odd"
    assert home.follow("#previous").titles()[0] == "Odd 215"


def test_any_past_state_is_shown_with_a_link_to_the_current_state(server, open_home):
    server.http.post("/api/products", json=product(title="Lamp"))
    server.http.post("/api/products", json=product(title="Rope"))
    server.http.patch("/api/products/1", json={"title": "Lantern"})
    server.http.delete("/api/products/2")
    home = open_home()
    assert (home.titles(), home.page.is_visible("#past")) == (["Lantern"], False)
    home.show(at=2)
    assert (home.titles(), home.page.is_visible("#past")) == (["Lamp", "Rope"], True)
    assert home.page.text_content("#page-offset") == "2"
    assert home.page.locator("#activity li").count() == 2
    assert home.follow("#moment-after").titles() == ["Lantern", "Rope"]
    assert home.follow("#moment-before").titles() == ["Lamp", "Rope"]
    home.show(q="rope")
    assert home.titles() == ["Rope"]
    home.follow("#now")
    assert (home.titles(), home.page.is_visible("#past")) == ([], False)
    assert home.page.input_value("#filter-q") == "rope"
    home.show(q="", at="0s")
    assert (home.titles(), home.page.is_visible("#past")) == (["Lantern"], True)
    home.show(at="2001-01-01")
    assert home.titles() == []
    home.show(at="someday")
    assert "neither an offset nor a time" in home.page.text_content("#filter-problem")
    assert home.page.input_value("#filter-at") == "someday"
    assert home.page.get_attribute("#filter-at", "aria-invalid") == "true"
    assert home.follow("#filter-problem a").titles() == ["Lantern"]


def test_the_newest_activity_is_listed(server, open_home):
    server.http.post("/api/products", json=product(title="Lamp"))
    server.http.patch("/api/products/1", json={"stock": 3})
    server.http.delete("/api/products/1")
    home = open_home()
    changes = home.page.locator("#activity li span").all_text_contents()
    assert changes == ["product 1 deleted", "product 1 changed", "Lamp created"]


def test_hostile_product_text_is_never_html(server, open_home):
    server.http.post("/api/products", json=product(title=HOSTILE, description=HOSTILE, category=HOSTILE[:64]))
    home = open_home()
    assert home.titles() == [HOSTILE]
    home.show(category=HOSTILE[:64])
    assert home.titles() == [HOSTILE]
    home.show(q=HOSTILE)
    assert home.page.input_value("#filter-q") == HOSTILE
    home.show(at=HOSTILE[:64])
    assert home.page.input_value("#filter-at") == HOSTILE[:64]
    assert home.page.title().startswith("Products")


@pytest.mark.parametrize("query", ["", "?at=20&category=Navigation", "?at=soon", "?q=nothing"])
@in_windows((1440, "light"), (320, "light"), (320, "dark"), (1440, "dark"))
def test_home_is_accessible_and_fits(make_server, open_home, query, width, scheme):
    server = make_server("--seed", "--seed-from", SEED)
    home = open_home(query, on=server, viewport={"width": width, "height": 900}, color_scheme=scheme)
    report = Axe().run(home.page)
    assert report.violations_count == 0, report.generate_report()
    widths = home.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1], "the page scrolls sideways"
    home.screenshot(f"home{query.replace('?', '-').replace('&', '-').replace('=', '-')}-{width}-{scheme}")
