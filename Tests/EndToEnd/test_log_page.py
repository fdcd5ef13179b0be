"""The inspector in a real browser."""

import json
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe

from bitacora import PATIENCE, SEED, eventually
from bodies import product
from browser import LIVE, Page, in_windows

pytestmark = pytest.mark.long

HOSTILE = "</script><script>document.title='broken'</script>\"><img src=x onerror=\"document.title='broken'\">{{title}}\u202e"


@pytest.fixture
def open_log(server, chromium):
    """Opens windows on the log page, each with its own context."""
    contexts = []

    def make(query="", on=None, **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        return LogPage(context, (on or server).url + "/log" + query)

    yield make
    for context in contexts:
        context.close()


class LogPage(Page):
    def offsets(self):
        return self.page.eval_on_selector_all("#events > .record .at", "links => links.map(link => Number(link.textContent))")

    def wait_for_offset(self, offset):
        self.page.wait_for_selector(f"#event-{offset}", state="attached")

    def wait_for_first(self, offset):
        self.page.wait_for_function("offset => document.querySelector('#events .at')?.textContent === offset", arg=str(offset))

    def follow(self, selector):
        """Clicks a link or button, and waits for the next page."""
        with self.page.expect_navigation():
            self.page.click(selector)
        return self

    def show_past(self):
        self.page.click("#past > summary")
        return self

    def wait_for_state(self, offset):
        self.page.wait_for_selector(f'#state-result[data-offset="{offset}"]')


def down(*offsets):
    return list(range(offsets[0], offsets[1] - 1, -1))


def test_events_stream_into_two_windows(server, open_log):
    server.append_numbers(3)
    left, right = open_log().wait_live(), open_log().wait_live()
    assert left.offsets() == [3, 2, 1]
    server.append({"type": "happened", "topic": "chat", "data": {"text": "Ahoy"}}, {"type": "number", "data": 7})
    for window in [left, right]:
        window.wait_for_offset(5)
        assert window.offsets() == down(5, 1)
        assert window.page.text_content("#event-4 .data") == '{"text":"Ahoy"}'
        assert window.page.text_content("#event-4 .topic") == "chat"
        assert window.page.get_attribute("#event-4 .at", "href").endswith("/log/4")
        window.wait_for_text("#live-offset", 5)
        assert window.problems == []


def test_an_empty_log_fills_without_a_reload(server, open_log):
    window = open_log().wait_live()
    assert window.page.is_visible("#empty")
    server.append_numbers(1)
    window.wait_for_offset(1)
    assert window.page.is_hidden("#empty")
    window.page.wait_for_selector("#chart rect", state="attached")
    window.page.locator("#topic-counts li", has_text="tests").wait_for()


def test_the_figures_of_the_log_update_and_keep_the_focus(server, open_log):
    server.append_numbers(3)
    window = open_log().wait_live()
    assert window.page.text_content("#event-count") == "3"
    window.page.focus("#topic-counts a")
    server.append(*({"topic": f"other/{number}", "type": "x", "data": number} for number in range(150)))
    window.wait_for_text("#event-count", 153)
    assert window.page.evaluate("document.activeElement.closest('#topic-counts').children.length") == 100
    assert window.page.evaluate("document.activeElement.textContent") == "tests"
    assert window.page.text_content("#counts section:last-child .info") == "and 51 more with fewer events"
    assert window.problems == []


def test_a_streamed_row_is_the_row_the_server_renders(server, open_log):
    window = open_log().wait_live()
    server.append(
        {"type": "a.b", "data": {"n": 1, "text": "é \u202e \n <b>", "list": [1.5, None, True]}},
        {"type": "bytes", "data": "AAEC", "encoding": "base64"}, {"type": "text", "data": "x" * 1000}, {"type": "null"})
    window.wait_for_offset(4)
    markup = "rows => rows.map(row => row.innerText)"
    streamed = window.page.eval_on_selector_all("#events > .record", markup)
    window.page.reload()
    window.wait_live()
    assert window.page.eval_on_selector_all("#events > .record", markup) == streamed


@pytest.mark.alone
def test_a_burst_is_drawn_whole_and_the_page_stays_bounded(server, open_log):
    window = open_log().wait_live()
    window.page.evaluate("""() => {
        window.longest = 0;
        let last = performance.now();
        const frame = (now) => { window.longest = Math.max(window.longest, now - last); last = now; requestAnimationFrame(frame); };
        requestAnimationFrame(frame);
    }""")
    server.append_numbers(2000)
    window.wait_for_first(2000)
    assert window.offsets() == down(2000, 1501)
    assert window.page.get_attribute("#older", "href").endswith("before=1501")
    assert window.page.evaluate("window.longest") < 1000, "a frame took a second"
    window.follow("#older")
    window.page.wait_for_selector("#event-1500")
    assert window.offsets() == down(1500, 1451)


def test_a_paused_list_does_not_change_until_it_is_resumed(server, open_log):
    window = open_log().wait_live()
    window.page.click("#pause")
    assert window.page.get_attribute("#pause", "aria-pressed") == "true"
    server.append_numbers(2)
    window.wait_for_text("#arrived", "2 new events")
    assert window.offsets() == []
    window.page.click("#pause")
    window.wait_for_offset(2)
    assert window.page.is_hidden("#arrived")
    assert window.offsets() == [2, 1]


def test_events_wait_while_the_list_is_out_of_view(server, open_log):
    server.append_numbers(60)
    window = open_log().wait_live()
    window.page.evaluate("scrollTo(0, 2500)")
    server.append_numbers(700)
    window.wait_for_text("#arrived", "700 new events")
    assert window.page.is_visible("#arrived")
    assert window.offsets() == down(60, 11)
    window.page.click("#arrived")
    window.wait_for_first(760)
    # More events than the list holds had arrived; still no event is missing between its rows.
    assert window.offsets() == down(760, 261)


def test_the_filter_applies_to_history_and_live_events(server, open_log):
    for number in range(4):
        server.append(
            {"type": "bid.noted", "topic": f"auctions/{number}", "source": "web", "data": {"text": "Lámpara"}},
            {"type": "message.noted", "topic": "chat", "data": {"text": "lamp"}})
    window = open_log().wait_live()
    window.page.fill("#filter-topic", "auctions/*")
    window.page.fill("#filter-grep", "LÁMPARA")
    window.page.click("#more > summary")
    window.page.fill("#filter-source", "web")
    window.follow('#filter button[type="submit"]').wait_live()
    assert window.offsets() == [7, 5, 3, 1]
    server.append(
        {"type": "bid.noted", "topic": "auctions/9", "source": "web", "data": {"text": "other"}},
        {"type": "bid.noted", "topic": "auctions/9", "source": "cli", "data": {"text": "lámpara"}},
        {"type": "bid.noted", "topic": "chat", "source": "web", "data": {"text": "lámpara"}},
        {"type": "bid.noted", "topic": "auctions/9", "source": "web", "data": {"text": "una lámpara"}})
    window.wait_for_offset(12)
    assert window.offsets() == [12, 7, 5, 3, 1]
    window.follow("#all-events").wait_live()
    assert len(window.offsets()) == 12
    window.follow('#type-counts a:has-text("message.noted")').wait_live()
    assert window.offsets() == [8, 6, 4, 2]


def test_a_list_with_a_first_offset_ignores_earlier_events(server, open_log):
    window = open_log("?from=3").wait_live()
    server.append_numbers(4)
    window.wait_for_offset(4)
    assert window.offsets() == [4, 3]


def test_the_dialog_has_a_name_before_its_event_is_loaded(server, open_log):
    server.append_numbers(1)
    window = open_log()
    asked = []
    window.page.route("**/log/1", lambda route: asked.append(route))
    window.page.click("#event-1 .at")
    window.page.get_by_role("dialog", name="Event", exact=True).wait_for()
    eventually(lambda: asked, "the event is asked for")
    asked.pop().continue_()
    window.page.get_by_role("dialog", name="Event 1", exact=True).wait_for()


def test_an_event_opens_in_a_dialog_with_links_to_its_neighbours(server, open_log):
    for topic in ["a", "b", "a", "b", "a"]:
        server.append({"type": "happened", "topic": topic, "data": {"deep": [1, {"x": topic}]}})
    window = open_log().wait_live()
    window.page.click("#event-3 .at")
    window.page.wait_for_selector("#panel #event")
    assert window.page.text_content("#event-heading") == "Event 3"
    assert json.loads(window.page.text_content("#event-data")) == {"deep": [1, {"x": "a"}]}
    shown = json.loads(server.tool("show", "3", "--json").stdout)
    assert shown["offset"] == 3
    assert window.page.evaluate("document.activeElement.id") == "event-heading"
    window.page.click('#panel [rel="next"]')
    window.page.locator("#event-heading", has_text="Event 5").wait_for()
    window.page.click('#panel [rel="prev"]')
    window.page.locator("#event-heading", has_text="Event 3").wait_for()
    window.page.keyboard.press("Escape")
    window.page.wait_for_selector("#panel", state="hidden")
    assert window.page.evaluate("document.activeElement.textContent") == "3"
    window.page.keyboard.press("Enter")
    window.page.wait_for_selector("#panel #event")
    assert window.problems == []


def test_the_slider_shows_the_past(server, open_log):
    server.http.post("/api/products", json=product(title="Lamp", price=10))
    server.http.patch("/api/products/1", json={"price": 12})
    server.http.post("/api/products", json=product(title="Rope"))
    window = open_log().wait_live().show_past()
    slider = window.page.locator("#state-slider")
    slider.focus()
    window.page.keyboard.press("ArrowLeft")
    window.wait_for_state(2)
    assert "products[id=1].price 10 12" in " ".join(window.page.text_content("#changes").split())
    assert window.page.input_value("#state-at") == "2"
    window.page.keyboard.press("Home")
    window.wait_for_state(0)
    assert window.page.locator(".outline summary", has_text="products: 0").count() == 1
    server.http.delete("/api/products/1")
    window.wait_for_offset(4)
    slider.blur()
    slider.focus()
    window.page.keyboard.press("End")
    window.wait_for_state(4)
    window.page.fill("#state-at", "3")
    window.page.fill("#state-against", "0")
    window.page.click('#state-form button[type="submit"]')
    window.wait_for_state(3)
    assert "since offset 0" in window.page.text_content("#state-result")
    window.page.fill("#state-at", "99")
    window.page.click('#state-form button[type="submit"]')
    window.page.locator("#state-problem", has_text="offsets 0 to 4 have a state").wait_for()


def test_without_javascript_everything_is_available(server, open_log):
    for number in range(60):
        server.http.post("/api/products", json=product(title=f"Lamp {number}"))
    window = open_log(java_script_enabled=False)
    assert window.offsets() == down(60, 11)
    assert window.page.is_visible("#noscript")
    assert window.page.is_hidden("#pause") and window.page.is_hidden("#connection")
    window.follow("#older")
    assert window.offsets() == down(10, 1)
    window.follow("#newer")
    assert window.offsets() == down(60, 11)
    window.page.fill("#filter-grep", "lamp 5")
    window.follow('#filter button[type="submit"]')
    assert window.offsets() == down(60, 51) + [6]
    window.follow("#event-6 .at")
    assert window.page.text_content("#event-heading") == "Event 6"
    window.follow('text="State after this event"')
    assert window.page.is_visible("#state-heading")
    assert "products[id=6]" in window.page.text_content("#changes")
    window.page.fill("#state-at", "3")
    window.follow('#state-form button[type="submit"]')
    assert window.page.text_content("#state-heading") == "State at offset 3"


@pytest.mark.parametrize("end", ["stop", "kill9"])
def test_a_restart_while_the_page_is_open_loses_and_repeats_nothing(server, open_log, end):
    window = open_log().wait_live()
    server.append_numbers(20)
    window.wait_for_offset(20)
    getattr(server, end)()
    window.page.wait_for_selector('#connection[data-state="offline"]')
    server.start()
    server.append_numbers(100)
    window.page.wait_for_selector(LIVE)
    window.wait_for_first(120)
    assert window.offsets() == down(120, 1)


def test_events_appended_while_a_page_loads_are_on_it_once(server, open_log):
    """The script starts at the offset of the page, whatever is appended in between."""
    done = threading.Event()

    def append():
        while not done.is_set():
            server.append({"type": "tick"})

    producer = threading.Thread(target=append)
    producer.start()
    try:
        for _ in range(5):
            window = open_log().wait_live()
            window.wait_for_offset(server.head)
            offsets = window.offsets()
            assert offsets == down(offsets[0], offsets[-1])
    finally:
        done.set()
        producer.join()


def test_a_page_reloads_when_the_server_has_another_log(server, open_log, tmp_path):
    server.append_numbers(5)
    window = open_log().wait_live()
    server.kill9()
    server.data = tmp_path / "another"
    server.start()
    server.append({"type": "new"}, {"type": "new"})
    window.page.wait_for_selector('#event-2 .type:text-is("new")')
    window.wait_live()
    assert window.offsets() == [2, 1]


def test_hostile_text_is_never_html(server, open_log):
    name = HOSTILE.replace("/", "").replace(",", "")
    topic = name + "w" * (255 - len(name.encode()))
    window = open_log().wait_live()
    server.append({"type": name, "topic": topic, "source": topic, "id": topic, "data": {HOSTILE: HOSTILE}})
    window.wait_for_offset(1)
    for _ in range(2):
        assert window.page.text_content("#event-1 .topic") == topic.replace("\u202e", "\\u202e")
        assert window.page.text_content("#event-1 .type") == name.replace("\u202e", "\\u202e")
        assert "\u202e" not in window.page.content()
        window.page.click("#event-1 .at")
        window.page.wait_for_selector("#panel #event")
        assert "</script><script>" in window.page.text_content("#event-data")
        window.page.keyboard.press("Escape")
        window.page.locator("#topic-counts li").wait_for()
        assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        window.page.reload()
        window.wait_live()
    assert window.page.title() == "Log · Bitácora"
    window.follow("#topic-counts a").wait_live()
    assert window.problems == []


STATES = {"list": "", "state": "?at=50&against=20", "wrong": "?topic=**x&since=soon", "event": "/17", "older": "?before=30"}


@pytest.mark.parametrize("name", STATES)
@in_windows((1440, "light"), (1440, "dark"), (320, "light"), (320, "dark"))
def test_a_page_fits_its_window_and_is_accessible(make_server, open_log, name, width, scheme):
    server = make_server("--seed", "--seed-from", SEED)
    window = open_log(STATES[name], on=server, viewport={"width": width, "height": 900}, color_scheme=scheme)
    if name == "list":
        window.wait_live()
    window.page.eval_on_selector_all("details", "all => all.forEach(details => details.open = true)")
    window.screenshot(f"log-{name}-{width}-{scheme}")
    assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    report = Axe().run(window.page)
    assert report.violations_count == 0, report.generate_report()
    if name == "list":
        window.page.click("#event-89 .at")
        window.page.wait_for_selector("#panel #event")
        report = Axe().run(window.page)
        assert report.violations_count == 0, report.generate_report()


def test_many_concurrent_searches_and_states_do_not_block_the_server(server):
    """Expensive requests do not block other requests; requests beyond the limit get 503."""
    server.append_numbers(20_000)
    statuses = []

    def ask(path):
        import httpx

        statuses.append(httpx.get(server.url + path, timeout=PATIENCE).status_code)

    paths = [f"/api/state/marketplace?at={100 * number}" for number in range(1, 25)] + ["/log?grep=nowhere"] * 8
    visitors = [threading.Thread(target=ask, args=[path]) for path in paths]
    for visitor in visitors:
        visitor.start()
    assert server.http.get("/healthz").status_code == 200
    for visitor in visitors:
        visitor.join()
    assert set(statuses) <= {200, 503} and 200 in statuses
    eventually(lambda: server.http.get("/api/state/marketplace?at=7").status_code == 200, "the server has room again")
