"""The page that reads the same events over five transports."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from bitacora import VIEWS, eventually, tool
from bodies import assert_problem
from browser import Page, in_windows

pytestmark = pytest.mark.long

WAYS = ["polling", "long-polling", "server-sent-events", "websocket", "socketio"]
KEPT = ["server-sent-events", "websocket", "socketio"]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Transports(Page):
    """`figure` reads a figure of a panel; tests wait for the page, never for a time."""

    def badge(self, way, state):
        self.page.wait_for_selector(f'#{way} .badge[data-state="{state}"]')
        return self

    def wait(self, state="live", ways=WAYS):
        for way in ways:
            self.badge(way, state)
        return self

    def figure(self, way, name):
        return self.page.text_content(f'#{way} [data-figure="{name}"]')

    def figures(self, name, ways=WAYS):
        return [self.figure(way, name) for way in ways]

    def wait_for_events(self, count, ways=WAYS):
        for way in ways:
            self.wait_for_text(f'#{way} [data-figure="events"]', count)
        return self

    def append(self, count=1):
        """Appends events one after the other, each after the one before is in the log."""
        for _ in range(count):
            before = int(self.page.text_content("#appended"))
            self.page.click("#append-button")
            self.wait_for_text("#appended", before + 1)
        return self

    def toggle(self, way):
        self.page.click(f'#{way} [data-action="toggle"]')
        return self

    def set(self, field, value):
        self.page.fill(f"#{field}", str(value))
        self.page.press(f"#{field}", "Tab")
        return self

    def is_whole(self, ways=WAYS):
        """Checks that there are no gaps and no repeats."""
        assert (self.figures("gaps", ways), self.figures("repeats", ways)) == (["0"] * len(ways),) * 2


@pytest.fixture
def window(server, context):
    return lambda: Transports(context, server.url + "/transports")


def milliseconds(text):
    number, unit = text.split()
    return float(number) * {"ms": 1, "s": 1000}[unit]


def size(text):
    number, unit = text.split()
    return float(number) * {"byte": 1, "bytes": 1, "KiB": 1024}[unit]


def test_all_five_transports_get_the_same_events_and_show_their_cost(server, window):
    page = window().wait()
    page.set("interval", 0.5).append(20).wait_for_events(20)
    page.is_whole()
    assert server.head == 20
    newest = server.events(after="-1")["events"][0]
    assert (newest["topic"], newest["type"], newest["data"]["number"]) == ("transports", "transports.tick", 20)
    requests = dict(zip(WAYS, map(int, page.figures("requests"))))
    # About one request a second against one per event.
    assert requests["long-polling"] >= 20 and requests["polling"] >= 2
    assert (requests["server-sent-events"], requests["websocket"]) == (1, 1)
    assert page.figures("connections", KEPT) == ["1", "1", "1"]
    received = dict(zip(WAYS, map(size, page.figures("received"))))
    event = len(str(newest))
    assert all(20 * 100 < bytes < 40 * 1000 for bytes in received.values()), received
    # Every response has headers; a socket gets only the event.
    assert received["long-polling"] > received["websocket"]
    assert abs(received["websocket"] - 20 * event) < 20 * 60, (received, event)
    assert size(page.figure("socketio", "sent")) > 0
    for name in ["now", "median", "p99"]:
        taken = dict(zip(WAYS, map(milliseconds, page.figures(name))))
        # On a busy machine one of twenty events may take long.
        slack = 5000 if name == "p99" else 1000
        assert all(0 < taken[way] < slack for way in WAYS[1:]), taken
        assert taken["polling"] <= 500 + slack, taken
    for way in WAYS:
        line = page.page.locator(f'tr[data-way="{way}"] td').all_text_contents()
        # Polling continues, so these figures may have changed.
        assert line[:3] == [page.figure(way, name) for name in ["events", "median", "p99"]]
        assert line[3:] == [page.figure(way, name) for name in ["requests", "received"]] or way in WAYS[:2]
        assert page.page.get_attribute(f"#{way} .dots", "d").count("M") == 20
    assert page.problems == []


def test_without_events_polling_makes_the_most_requests(window):
    page = window().wait()
    page.set("interval", 0.25)
    page.page.wait_for_function("() => document.querySelector('#polling [data-figure=requests]').textContent >= 8")
    # One request that returns no events, and one that waits.
    assert page.figure("long-polling", "requests") == "2"
    assert page.figures("requests", WAYS[2:4]) == ["1", "1"]


def test_browsers_count_300_bytes_for_the_header_of_a_response(window):
    """The page says that the header of a response counts as 300 bytes; browsers may change this."""
    page = window().wait()
    entry = page.page.evaluate("""() => {
        const entry = performance.getEntriesByType('resource').find(({ name }) => name.includes('/api/events?') && !name.includes('wait'));
        return [entry.initiatorType, entry.transferSize - entry.encodedBodySize];
    }""")
    assert entry == ["fetch", 300]
    assert "300 bytes" in page.page.text_content("main")


def test_events_of_other_pages_are_counted_without_latency_and_checked_for_gaps(server, window):
    page = window().wait()
    tick = lambda number: {"topic": "transports", "type": "transports.tick", "data": {"page": "other", "number": number}}
    server.append(tick(7), tick(8), {"topic": "transports", "type": "noise", "data": "<b>not numbered</b>"}, {"topic": "elsewhere", "type": "a"})
    page.wait_for_events(3).is_whole()
    assert set(page.figures("now")) == {"–"}
    assert page.page.locator("#newest li").count() == 3
    assert "<b>not numbered</b>" in page.page.locator("#newest .data").first.text_content()
    # The checks find gaps and repeats.
    server.append(tick(11), tick(8))
    page.wait_for_events(5)
    assert (page.figures("gaps"), page.figures("repeats")) == (["2"] * 5, ["1"] * 5)


def test_each_transport_can_be_stopped_and_resumes_where_it_was(window):
    page = window().wait().append(2).wait_for_events(2)
    for stopped in WAYS:
        page.toggle(stopped).badge(stopped, "stopped")
        before = int(page.figure(stopped, "events"))
        others = [way for way in WAYS if way != stopped]
        page.append(2).wait_for_events(before + 2, others)
        assert page.figure(stopped, "events") == str(before)
        page.toggle(stopped).badge(stopped, "live").wait_for_events(before + 2)
    page.is_whole()
    page.page.click("#stop-all")
    page.wait("stopped")
    requests = page.figures("requests")
    page.append(3)
    assert page.figures("requests") == requests
    page.page.click("#start-all")
    page.wait().wait_for_events(15).is_whole()
    assert page.problems == []


@pytest.mark.parametrize("end", ["stop", "kill9"])
def test_after_a_restart_all_transports_resume_by_themselves(server, window, end):
    page = window().wait().append(3).wait_for_events(3)
    getattr(server, end)()
    page.wait("offline")
    assert page.page.text_content("#polling [data-role=reason]") == "The server could not be reached."
    # The event waits for the server, and is stored once.
    page.page.click("#append-button")
    server.start()
    page.wait_for_text("#appended", 4)
    server.append({"topic": "transports", "type": "other", "data": None})
    page.wait().wait_for_events(5).append().wait_for_events(6).is_whole()
    assert server.head == 6
    assert page.figures("connections", KEPT) == ["2", "2", "2"]
    # The fourth event was sent more than once, so it has no latency.
    assert page.page.get_attribute("#websocket .dots", "d").count("M") == 4
    assert set(page.page.locator("[data-role=reason]").all_text_contents()) == {""}


def test_each_transport_reads_another_log_from_its_start(server, window, tmp_path):
    page = window().wait().append(4).wait_for_events(4)
    server.kill9()
    server.data = tmp_path / "another"
    server.start()
    server.append({"topic": "transports", "type": "first", "data": None})
    page.wait_for_events(5).wait().append(2).wait_for_events(7).is_whole()
    assert page.page.locator("#newest .at").all_text_contents() == ["3", "2", "1"]
    # The polling transports remember the log, too.
    page.page.click("#stop-all")
    server.kill9()
    server.data = tmp_path / "third"
    server.start()
    server.append(*({"topic": "transports", "type": "again", "data": None} for _ in range(9)))
    page.page.click("#start-all")
    page.wait_for_events(16).is_whole()


def test_events_missing_in_a_restored_log_are_not_counted_as_gaps(server, window, tmp_path):
    page = window().wait().append(3).wait_for_events(3)
    assert tool("log", "backup", tmp_path / "backup", "--data", server.data).returncode == 0
    page.append(2).wait_for_events(5)
    server.stop()
    page.wait("offline")
    restored = tool("log", "restore", tmp_path / "backup", "--yes", "--data", server.data)
    assert restored.returncode == 0, restored.stderr
    server.start()
    page.wait().wait_for_events(8).append().wait_for_events(9).is_whole()
    assert server.head == 4


def test_an_unavailable_server_is_shown_and_retried_after_its_delay(server, context):
    context.route("**/api/events?*", lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}, json={}))
    page = Transports(context, server.url + "/transports")
    page.wait("offline", WAYS[:3])
    assert page.page.text_content("#long-polling [data-role=reason]") == "The server answered 503."
    context.unroute("**/api/events?*")
    page.wait().append().wait_for_events(1).is_whole()


def test_continuous_appending_ends_when_it_is_stopped_and_by_itself(server, window):
    page = window().wait()
    page.set("rate", 20).set("interval", 0.25)
    page.page.check("#continuously")
    page.page.wait_for_function("() => document.querySelector('#appended').textContent >= 10")
    page.page.uncheck("#continuously")
    settle(page, server)
    page.page.evaluate("document.getElementById('continuously').dataset.most = 5")
    before = server.head
    page.page.check("#continuously")
    page.page.wait_for_function("() => !document.getElementById('continuously').checked")
    page.wait_for_text("#appended", before + 5)
    page.wait_for_events(server.head).is_whole()
    assert server.head == before + 5


def settle(page, server):
    """Waits until no append is pending, and three polls have returned nothing."""
    for _ in range(3):
        polls = int(page.figure("polling", "requests"))
        head = server.head
        # Or more: an append may end meanwhile.
        page.page.wait_for_function("(head) => document.querySelector('#appended').textContent >= head", arg=head)
        page.page.wait_for_function("(count) => document.querySelector('#polling [data-figure=requests]').textContent >= count", arg=polls + 3)
        if server.head == head:
            break
        # One append may have been pending.
    assert server.head == head
    page.wait_for_events(head).is_whole()


@pytest.mark.parametrize("field, value, words", [
    ("interval", "0.1", "Enter 0.25 to 60. The value stays 1."), ("interval", "61", "Enter 0.25 to 60. The value stays 1."),
    ("interval", "", "Enter 0.25 to 60. The value stays 1."), ("rate", "0", "Enter 1 to 20. The value stays 5."), ("rate", "21", "Enter 1 to 20. The value stays 5."),
])
def test_a_number_out_of_range_shows_the_range(window, field, value, words):
    page = window().wait().set(field, value)
    assert page.page.text_content(f"#{field}-problem") == words
    assert page.page.get_attribute(f"#{field}", "aria-invalid") == "true"
    page.set(field, 2)
    assert page.page.text_content(f"#{field}-problem") == ""
    assert page.page.get_attribute(f"#{field}", "aria-invalid") is None


def test_a_rejected_event_is_shown_and_ends_continuous_appending(server, context):
    page = Transports(context, server.url + "/transports").wait()
    context.route("**/api/events", lambda route: route.fulfill(status=507, json={"detail": "the log is full"}))
    page.page.check("#continuously")
    page.wait_for_text("#append-problem", "the log is full")
    assert not page.page.is_checked("#continuously")
    context.unroute("**/api/events")
    page.append().wait_for_events(1).is_whole()


def test_the_number_of_waiting_events_is_limited(server, context):
    page = Transports(context, server.url + "/transports").wait()
    held = []
    context.route("**/api/events", lambda route: route.continue_() if held else held.append(route))
    for _ in range(21):
        page.page.click("#append-button")
    page.wait_for_text("#append-problem", "20 events are already waiting for the server.")
    held[0].continue_()
    page.wait_for_events(20).is_whole()
    assert server.head == 20


def test_a_page_hidden_for_long_disconnects_and_resumes_when_visible(server, context):
    page = context.new_page()
    page.clock.install()
    page.goto(server.url + "/transports")
    window = Transports.__new__(Transports)
    window.page = page
    window.wait().append(2).wait_for_events(2)
    show = """(hidden) => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(show, True)
    page.check("#continuously")
    page.clock.run_for(50_000)
    # The page is hidden: it keeps its connections, and appends nothing.
    assert (window.figures("events"), server.head) == (["2"] * 5, 2)
    page.clock.run_for(11_000)
    window.wait("stopped")
    assert not page.is_checked("#continuously")
    server.append({"topic": "transports", "type": "other", "data": None})
    page.evaluate(show, False)
    window.wait().wait_for_events(3).is_whole()


def test_two_windows_run_all_transports_and_a_third_leaves_them_their_connections(server, window):
    first, second = window().wait(), window().wait()
    third = window()
    third.wait("stopped", ["long-polling", "server-sent-events"]).wait("live", ["polling", "websocket", "socketio"])
    assert "a browser opens six" in third.page.text_content("#long-polling [data-role=reason]")
    pages = [first, second]
    for page in pages:
        page.append(5)
    for page in pages:
        page.wait_for_events(10).is_whole()
        taken = [milliseconds(text) for text in page.figures("median", WAYS[1:])]
        assert max(taken) < 1000, taken
    third.wait_for_events(10, ["polling", "websocket", "socketio"]).is_whole()
    # A window that is closed releases its connections.
    first.page.close()
    eventually(lambda: len(third.page.evaluate("async () => (await navigator.locks.query()).held.map(({ name }) => name)")) == 2, "connections are free")
    third.page.click("#start-all")
    third.wait().wait_for_events(10).is_whole()


@pytest.mark.long
def test_stored_and_shown_events_are_bounded(server, window):
    page = window().wait()
    page.page.evaluate("document.getElementById('continuously').dataset.most = 220")
    page.set("rate", 20)
    page.page.check("#continuously")
    page.page.wait_for_function("() => !document.getElementById('continuously').checked")
    page.wait_for_text("#appended", 220)
    page.wait_for_events(220).is_whole()
    assert [page.page.get_attribute(f"#{way} .dots", "d").count("M") for way in WAYS] == [200] * 5
    assert page.page.locator("#newest li").count() == 10
    assert page.page.locator("#newest .at").first.text_content() == str(server.head)


# Without JavaScript


@pytest.fixture
def plain(server, chromium):
    context = chromium.new_context(java_script_enabled=False)
    yield Page(context, server.url + "/transports")
    context.close()


def test_without_javascript_an_event_is_appended_and_the_transports_are_explained(server, plain):
    for number in [1, 2]:
        with plain.page.expect_navigation():
            plain.page.click("#append-button")
        assert plain.page.url == server.url + "/transports#newest"
        assert server.head == number
    plain.page.reload()
    assert server.head == 2
    events = server.events()["events"]
    assert {(event["topic"], event["type"], event["source"], event["data"]["number"]) for event in events} == {("transports", "transports.tick", "form", 1)}
    assert plain.page.locator("#newest .at").all_text_contents() == ["2", "1"]
    assert plain.page.is_visible("#noscript") and not plain.page.is_visible(".badge >> nth=0") and not plain.page.is_visible("table")
    for link in plain.page.locator(".usage a").all():
        assert server.http.get(link.get_attribute("href").replace("wait=20", "wait=0")).status_code == 200


def test_the_form_sent_twice_takes_effect_once(server):
    for _ in range(2):
        answer = server.http.post("/transports", content="page=abc", headers=FORM)
        assert (answer.status_code, answer.headers["location"]) == (303, "/transports#newest")
    assert server.head == 1


@pytest.mark.parametrize("body", ["", "page=", "page=" + "x" * 65, "page=a&other=1"])
def test_a_form_with_other_fields_is_rejected(server, body):
    answer = server.http.post("/transports", content=body, headers=FORM)
    assert_problem(answer, 400, "invalid", "other" if "other" in body else "page")
    assert server.head == 0


def test_an_error_of_the_log_is_shown_beside_the_button(make_server):
    server = make_server("--max-size", str(4 << 20))
    for size in [200_000, 20_000, 2000, 200]:
        while server.http.post("/api/events", json={"topic": "t", "type": "x", "data": "x" * size}).status_code == 201:
            pass
    for number in range(50):
        answer = server.http.post("/transports", content=f"page=number-{number}", headers=FORM)
        if answer.status_code != 303:
            break
    assert answer.status_code == 507
    problem = re.search(r'id="append-problem" role="alert">([^<]*)<', answer.text)[1]
    assert str(4 << 20) in problem
    # The same form can be sent again.
    assert f'name="page" value="number-{number}"' in answer.text


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_form_of_another_site_is_refused(server, headers):
    assert_problem(server.http.post("/transports", content="page=a", headers={**FORM, **headers}), 403, "wrong-origin")
    assert server.head == 0


def test_the_page_escapes_the_newest_events_and_is_not_cached(server):
    hostile = "<script>alert(1)</script>"
    server.append(*({"topic": "transports", "type": "t", "data": hostile if number == 12 else number} for number in range(13)))
    server.append({"topic": "elsewhere", "type": "t"})
    answer = server.http.get("/transports")
    assert re.findall(r'id="event-(\d+)"', answer.text) == [str(offset) for offset in range(13, 3, -1)]
    assert "<script>alert" not in answer.text and "&lt;script&gt;alert(1)" in answer.text
    assert f'data-position="{server.position(14)}"' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert server.http.get("/transports?a=1").status_code == 200


@in_windows((1440, "light"), (1440, "dark"), (768, "light"), (320, "light"), (320, "dark"))
def test_the_page_is_accessible_and_fits(server, chromium, width, scheme):
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = Transports(context, server.url + "/transports").wait().append(3).wait_for_events(3)
    check(page, f"transports-live-{width}-{scheme}")
    page.set("interval", 99)
    page.page.click("#stop-all")
    page.wait("stopped")
    check(page, f"transports-stopped-{width}-{scheme}")
    context.close()


def check(page, name):
    report = Axe().run(page.page)
    assert report.violations_count == 0, report.generate_report()
    widths = page.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1], "the page scrolls sideways"
    page.screenshot(name)


def test_the_pages_own_script_is_small():
    assets = VIEWS / "server/assets"
    scripts = [assets / "transports.js", *(assets / "transports").glob("*.js")]
    code = sum(len(re.sub(r"^\s*(//|/\*\*|\*).*\n", "", script.read_text(), flags=re.M).encode()) for script in scripts)
    assert code <= 20_000, code
