"""The auction pages: live updates, the server's clock, and plain forms."""

import datetime
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from bitacora import SEED, eventually
from bodies import assert_problem, product
from browser import LIVE, Page, in_windows
from test_auctions import SHORT, bid, events_of, moment, open_auction, shown, wait_until

pytestmark = pytest.mark.long

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OFFLINE = '#connection[data-state="offline"]'
CLOSED = '#connection[data-state="closed"]'
HOSTILE = "<img src=x onerror=\"document.title='broken'\">{{title}}\u202e&amp;"
# What the page shows: characters that change the direction of text are escaped.
HOSTILE_SHOWN = HOSTILE.replace("\u202e", "\\u202e")


@pytest.fixture
def window(server, chromium):
    """Opens windows on a page, each with its own context."""
    contexts = []

    def make(path, **options):
        context = chromium.new_context(base_url=server.url, **options)
        contexts.append(context)
        return Window(context, server.url + path)

    yield make
    for context in contexts:
        context.close()


class Window(Page):
    def bid(self, amount, bidder="Ana"):
        self.fill(amount=amount, bidder=bidder)
        self.page.click("#bid-button")
        return self

    def open_auction(self, product, **fields):
        self.page.select_option("#field-product", str(product))
        self.fill(**{"startPrice": 10, "minimumStep": 0.5, **fields})
        self.page.click("#create-button")

    def go(self, path):
        self.page.goto(path)
        self.wait_live()

    def send(self, selector):
        with self.page.expect_navigation():
            self.page.click(selector)

    def bids(self):
        return self.page.eval_on_selector_all(
            "#bids > .bid", "rows => rows.map(row => [row.querySelector('bdi').textContent, row.querySelector('b').textContent])")

    def points(self):
        return self.page.locator("#price-chart circle").count()

    def wait_points(self, count):
        self.page.wait_for_function("count => document.querySelectorAll('#price-chart circle').length === count", arg=count)

    def wait_for(self, selector, text=None, state="visible"):
        self.page.locator(selector, has_text=text).first.wait_for(state=state)
        return self

    def assert_fits(self):
        report = Axe().run(self.page)
        assert report.violations_count == 0, report.generate_report()
        widths = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1], "the page scrolls sideways"


def visible_text(page, selector):
    return " ".join(page.page.inner_text(selector).split())


# Live

def test_an_auction_opened_in_one_window_shows_in_the_other_with_its_bids_and_its_close(server, window):
    for title in ["Lamp", "Rope"]:
        server.http.post("/api/products", json=product(title=title, thumbnails=["/assets/thumbs/lamps.svg"]))
    left, right = window("/auctions").wait_live(), window("/auctions").wait_live()
    assert right.page.is_visible("#empty")
    left.open_auction(1, duration=2)
    left.wait_for_text("#form-status", "Opened at offset 3.")
    for page in [left, right]:
        page.wait_for("#open > #auction-1", "Lamp")
        assert page.page.get_attribute("#auction-1 img", "src") == "/assets/thumbs/lamps.svg"
        assert page.page.eval_on_selector_all("#field-product option", "all => all.map(option => option.value)") == ["", "2"]
        page.wait_for("#auction-1 [data-until]", "1 d 23 h left")
    event = server.http.get("/api/events/3").json()
    assert event["data"] == {"auction": 1, "product": 1, "startPrice": 10, "minimumStep": 0.5, "seconds": 172_800}
    bid(server, 1, 12.25, "Bo")
    for page in [left, right]:
        page.wait_for_text('#auction-1 [data-field="price"]', "12.25")
        assert visible_text(page, "#auction-1 .facts") == "1 bid highest by Bo"
    short = server.http.post("/api/auctions", json={"product": 2, "startPrice": 5, "minimumStep": 1, "seconds": 10}).json()["auction"]["id"]
    # The auction that closes sooner is first.
    right.wait_for("#open > .entry:first-child", "Rope")
    assert bid(server, short, 6, "Cy").status_code == 201
    for page in [left, right]:
        page.wait_for(f"#closed > #auction-{short}", "sold to Cy")
        page.wait_for_text("#closed-count", 1)
        assert page.page.locator("#open > .entry").count() == 1
        assert page.problems == []


def test_a_bid_in_one_window_shows_in_the_other_at_once(server, window):
    auction = open_auction(server)["id"]
    left, right = window(f"/auctions/{auction}").wait_live(), window(f"/auctions/{auction}").wait_live()
    assert left.page.is_visible("#empty") and left.points() == 0
    left.bid(10.5, "Ana")
    left.wait_for_text("#form-status", "Your bid of 10.5 is in the log at offset 3.")
    assert left.page.input_value("#field-bidder") == "Ana" and left.page.input_value("#field-amount") == ""
    right.bid("11.10", "Bo")
    for page in [left, right]:
        page.wait_for_text("#price", "11.1")
        page.wait_for_text("#next-price", "11.6")
        assert page.bids() == [["Bo", "11.1"], ["Ana", "10.5"]]
        assert "by Bo" in visible_text(page, ".leader")
        assert page.page.get_attribute("#bids > .bid a", "href") == "/log/4"
        page.wait_points(2)
        page.wait_for("#announcement", "Bo bids 11.1")
    rows = "rows => rows.map(row => row.outerHTML.replace(' fresh', ''))"
    live = left.page.eval_on_selector_all("#bids > .bid", rows)
    left.page.reload()
    left.wait_live()
    assert left.page.eval_on_selector_all("#bids > .bid", rows) == live, "the script's rows are the server's"
    assert left.page.input_value("#field-bidder") == "Ana", "the name is remembered"
    assert left.problems == right.problems == []


def test_of_two_equal_bids_from_two_windows_one_wins_and_the_other_shows_the_reason(server, window):
    auction = open_auction(server, minimumStep=1)["id"]
    windows = {name: window(f"/auctions/{auction}").wait_live() for name in ["Ana", "Bo"]}
    for amount in range(10, 15):
        for name, page in windows.items():
            page.fill(amount=amount, bidder=name)
        for page in windows.values():
            page.page.click("#bid-button", no_wait_after=True)
        for page in windows.values():
            page.page.locator("#form-status:not(:empty), #error-amount:not(:empty)").first.wait_for()
        winner = shown(server, auction)["bidder"]
        loser = windows["Bo" if winner == "Ana" else "Ana"]
        assert loser.page.text_content("#error-amount") == (
            f"amount must be {amount + 1} or more, not {amount}: the highest bid in auction {auction} is {amount}, by \"{winner}\", and the minimum step is 1")
        assert loser.page.get_attribute("#field-amount", "aria-invalid") == "true"
        assert loser.page.input_value("#field-amount") == str(amount)
        assert "is in the log" in windows[winner].page.text_content("#form-status")
    assert shown(server, auction)["bidCount"] == 5


def test_both_windows_show_the_close_and_disconnect(server, window):
    server.http.post("/api/products", json=product(title="Other"))
    left, right, other = (window("/auctions").wait_live() for _ in range(3))
    auction = open_auction(server, seconds=20)["id"]
    for page in [left, right]:
        page.go(f"/auctions/{auction}")
    right.bid(15, "Bo")
    left.wait_for_text("#price", "15")
    right.page.focus("#field-amount")
    for page in [left, right]:
        page.page.wait_for_selector(CLOSED)
        assert page.page.text_content("#connection") == "Closed"
        page.wait_for_text("#announcement", "Closed: sold for 15 to Bo")
        assert visible_text(page, ".sidebar").startswith("Sold 15 To Bo, the highest bidder Minimum step")
        assert not page.page.is_visible("#bid") and not page.page.is_visible("#countdown")
        assert page.page.text_content("#closed-at") == shown_time(events_of(server, auction, "auction.closed")[0])
        page.wait_points(1)
    assert right.page.evaluate("document.activeElement.id") == "status-heading"
    # These pages do not reconnect: after a restart of the server only the other page connects again.
    knocks = {page: [] for page in [left, right, other]}
    for page, addresses in knocks.items():
        page.page.on("websocket", lambda socket, addresses=addresses: addresses.append(socket.url))
    server.stop()
    other.page.wait_for_selector(OFFLINE)
    server.start()
    other.wait_live()
    assert knocks[other] and knocks[left] == knocks[right] == []
    assert left.problems == right.problems == []
    assert left.page.text_content("#connection") == "Closed"


def shown_time(event):
    return event["time"][:19].replace("T", " ")


def test_an_auction_without_a_bid_closes_too(server, window):
    page = window("/auctions").wait_live()
    auction = open_auction(server, seconds=15)["id"]
    page.go(f"/auctions/{auction}")
    page.page.wait_for_selector(CLOSED)
    assert visible_text(page, ".sidebar").startswith("Closed 10 No bids; this was the starting price.")
    page.wait_for_text("#announcement", "Closed without bids")


def test_the_countdown_uses_the_servers_clock(server, chromium):
    auction = open_auction(server, seconds=3500)
    context = chromium.new_context()
    context.add_init_script("""
        const Real = Date;
        globalThis.Date = class extends Real {
            constructor(...given) { given.length ? super(...given) : super(Date.now()); }
            static now() { return Real.now() + 3_600_000; }
        };""")
    for path, place in [(f"/auctions/{auction['id']}", "#countdown"), ("/auctions", f"#auction-{auction['id']} [data-until]")]:
        page = Page(context, server.url + path).wait_live()
        assert page.page.evaluate("Date.now()") - now().timestamp() * 1000 > 3_590_000, "the browser's clock is right"
        page.page.wait_for_function("place => document.querySelector(place).textContent", arg=place)
        before = now()
        text = page.page.text_content(place)
        after = now()
        minutes, seconds = map(int, re.fullmatch(r"(\d+) min (\d\d) s left", text).groups())
        left = minutes * 60 + seconds
        least, most = ((moment(auction["closesAt"]) - time).total_seconds() for time in [after, before])
        # The browser's clock is an hour off; seconds are rounded up, and a busy machine updates them late.
        assert least - 0.5 <= left <= most + 1.5, (text, least, most)
    context.close()


def now():
    return datetime.datetime.now(datetime.timezone.utc)


# The connection

def test_after_a_restart_pages_catch_up_without_a_gap(server, window):
    auction = open_auction(server)["id"]
    one, all = window(f"/auctions/{auction}").wait_live(), window("/auctions").wait_live()
    bid(server, auction, 10)
    server.kill9()
    for page in [one, all]:
        page.page.wait_for_selector(OFFLINE)
    server.start()
    for amount in [11, 12, 13]:
        bid(server, auction, amount, f"b{amount}")
    second = open_auction(server)["id"]
    for page in [one, all]:
        page.page.wait_for_selector(LIVE)
    one.wait_for_text("#price", "13")
    assert one.bids() == [["b13", "13"], ["b12", "12"], ["b11", "11"], ["Ana", "10"]]
    all.wait_for_text(f'#auction-{auction} [data-field="bids"]', "4 bids")
    all.wait_for(f"#open > #auction-{second}")


def test_an_auction_that_closed_while_the_server_was_down_shows_as_closed_after_the_restart(server, window):
    pages = [window("/auctions").wait_live() for _ in range(2)]
    auction = open_auction(server, seconds=20)
    for page in pages:
        page.go(f"/auctions/{auction['id']}")
    bid(server, auction["id"], 15, "Bo")
    pages[0].wait_for_text("#price", "15")
    server.stop()
    for page in pages:
        page.page.wait_for_selector(OFFLINE)
    wait_until(auction["closesAt"])
    pages[0].wait_for_text("#countdown", "closing …")
    server.start()
    for page in pages:
        page.page.wait_for_selector(CLOSED)
        assert visible_text(page, ".sidebar").startswith("Sold 15 To Bo")


def test_a_bid_made_offline_is_sent_once_after_reconnecting(server, window):
    auction = open_auction(server)["id"]
    page = window(f"/auctions/{auction}").wait_live()
    server.stop()
    page.page.wait_for_selector(OFFLINE)
    page.bid(12, "Bo")
    page.wait_for("#form-status", "sent when the connection is back")
    server.start()
    page.wait_for_text("#form-status", "Your bid of 12 is in the log at offset 3.")
    page.page.wait_for_selector(LIVE)
    assert page.bids() == [["Bo", "12"]]
    assert server.head == 3


def test_a_bid_made_offline_that_arrives_too_late_shows_the_reason(server, window):
    page = window("/auctions").wait_live()
    auction = open_auction(server, seconds=15)
    page.go(f"/auctions/{auction['id']}")
    server.stop()
    page.page.wait_for_selector(OFFLINE)
    page.bid(12, "Bo")
    page.wait_for("#form-status", "sent when the connection is back")
    wait_until(auction["closesAt"])
    server.start()
    page.page.wait_for_selector(CLOSED)
    page.wait_for("#form-error", "Your bid came too late")
    assert page.page.is_visible("#form-error") and page.page.text_content("#form-status") == ""
    assert shown(server, auction["id"])["bidCount"] == 0


def test_a_page_reloads_when_the_server_has_another_log(server, make_server, window):
    another = make_server()
    another.http.post("/api/products", json=product(title="Of the new log"))
    another.http.post("/api/auctions", json={"product": 1, "startPrice": 7, "minimumStep": 1, "seconds": 600})
    another.stop()
    open_auction(server)
    bid(server, 1, 12)
    one, all = window("/auctions/1").wait_live(), window("/auctions").wait_live()
    server.kill9()
    server.data = another.data
    server.start()
    one.wait_for("h1", "Of the new log")
    all.wait_for("#open > #auction-1", "Of the new log")
    for page in [one, all]:
        page.page.wait_for_selector(LIVE)
    assert one.bids() == [] and one.page.text_content("#price") == "7"


def test_a_page_goes_live_although_the_auctions_events_are_trimmed(server, window):
    auction = open_auction(server)["id"]
    bid(server, auction, 10)
    server.append_numbers(20)
    assert server.tool("trim", "--before", 20, "--yes").returncode == 0
    page = window(f"/auctions/{auction}").wait_live()
    assert page.page.get_attribute("#auction", "data-position") == server.position(19)
    page.bid(11, "Bo")
    page.wait_for_text("#price", "11")
    assert page.bids() == [["Bo", "11"], ["Ana", "10"]]


# Errors, and hostile input

def test_errors_are_shown_beside_their_fields_and_the_input_stays(server, window):
    auction = open_auction(server)["id"]
    page = window(f"/auctions/{auction}").wait_live().bid(9, "Ana")
    page.wait_for("#error-amount", "amount must be 10 or more, not 9: 10 is the starting price of auction 1")
    page.bid(12, " ")
    page.wait_for("#error-bidder:not(:empty)")
    page.bid("", "Ana")
    page.wait_for("#error-amount:not(:empty)")
    assert shown(server, auction)["bidCount"] == 0
    page.bid(12, "Ana").wait_for("#bids > .bid")
    assert page.page.text_content("#error-amount") == page.page.text_content("#error-bidder") == ""

    server.http.post("/api/products", json=product(title="Free"))
    list = window("/auctions").wait_live()
    list.open_auction(2, minimumStep=0)
    list.wait_for("#error-minimumStep", "a number above 0")
    assert list.page.input_value("#field-startPrice") == "10"
    list.open_auction(2, duration=366)
    list.wait_for("#error-duration:not(:empty)")
    list.page.select_option("#field-unit", "minutes")
    list.page.click("#create-button")
    list.wait_for("#open > #auction-2")


def test_text_of_other_users_is_never_html(server, window):
    made = server.http.post("/api/products", json=product(title=HOSTILE)).json()["product"]
    server.http.post("/api/auctions", json={"product": made["id"], "startPrice": 1, "minimumStep": 1, "seconds": 600})
    one, all = window("/auctions/1").wait_live(), window("/auctions").wait_live()
    bid(server, 1, 2, HOSTILE)
    one.wait_for_text("#price", "2")
    all.wait_for_text('#auction-1 [data-field="price"]', "2")
    for _ in range(2):
        assert one.bids() == [[HOSTILE_SHOWN, "2"]]
        assert one.page.text_content("h1") == HOSTILE_SHOWN
        assert all.page.text_content('#auction-1 [data-field="bidder"]') == HOSTILE_SHOWN
        assert all.page.text_content("#auction-1 h2") == HOSTILE_SHOWN
        one.wait_points(1)
        assert HOSTILE_SHOWN in one.page.text_content("#price-chart circle title")
        for page in [one, all]:
            assert "broken" != page.page.title() and page.page.locator("img[onerror]").count() == 0
            page.page.reload()
            page.wait_live()
    assert one.problems == all.problems == []


def test_events_that_are_not_valid_bids_change_no_page(server, window):
    auction = open_auction(server)["id"]
    bid(server, auction, 20)
    one, all = window(f"/auctions/{auction}").wait_live(), window("/auctions").wait_live()
    topic = f"auctions/{auction}"
    bids = [{"amount": 15, "bidder": "low"}, {"amount": "x", "bidder": "text"}, {"amount": 30, "bidder": 7}, {"amount": 1e30, "bidder": "huge"}]
    # Less than one step; another topic; and no data, which must not stop the list.
    server.restore(
        *({"topic": topic, "type": "bid.placed", "data": {"auction": auction, **data}} for data in bids),
        {"topic": topic, "type": "auction.closed", "data": {"auction": auction}},
        {"topic": topic, "type": "bid.placed", "data": {"auction": auction, "amount": 20.1, "bidder": "half a step"}},
        *({"topic": other, "type": "bid.placed", "data": {"auction": auction, "amount": 50, "bidder": "elsewhere"}}
          for other in ["auctions/77", f"{topic}/x"]),
        {"topic": topic, "type": "auction.opened", "data": None}, {"topic": topic, "type": "bid.placed", "data": None})
    for page in [one, all]:
        page.wait_for_text("#live-offset", 13)
    assert shown(server, auction)["price"] == 20
    assert one.page.text_content("#price") == all.page.text_content(f'#auction-{auction} [data-field="price"]') == "20"
    assert one.page.is_visible("#bid") and one.bids() == [["Ana", "20"]]


@pytest.mark.parametrize("path, status", [
    ("/auctions/9", 404), ("/auctions/0", 404), ("/auctions/x", 404), ("/auctions/-1", 404), ("/auctions?page=2", 404), ("/auctions?page=x", 400),
    ("/auctions/9/bids", 405),
])
def test_missing_auctions_are_answered_with_an_error_page(server, window, path, status):
    page = window(path)
    assert page.page.text_content("#failure-status") == str(status)


# Without JavaScript

def test_opening_an_auction_and_bidding_work_without_javascript(server, window):
    for title in ["Lamp", "Rope"]:
        server.http.post("/api/products", json=product(title=title))
    page = window("/auctions", java_script_enabled=False)
    page.page.select_option("#field-unit", "hours")
    page.page.select_option("#field-product", "2")
    page.fill(startPrice="12.50", minimumStep=".5", duration=2)
    page.send("#create-button")
    assert page.page.url == server.url + "/auctions/1"
    assert server.http.get("/api/events/3").json()["data"] == {"auction": 1, "product": 2, "startPrice": 12.5, "minimumStep": 0.5, "seconds": 7200}
    page.fill(amount=13, bidder="Ana")
    page.send("#bid-button")
    assert page.page.url == server.url + "/auctions/1"
    assert page.bids() == [["Ana", "13"]] and page.points() == 1
    assert page.page.is_visible("#noscript") and not page.page.is_visible("#connection") and not page.page.is_visible("#countdown")
    page.page.reload()
    assert server.head == 4
    page.fill(amount=13.25, bidder=HOSTILE[:40])
    page.send("#bid-button")
    assert "amount must be 13.5 or more, not 13.25" in page.page.text_content("#error-amount")
    assert page.page.input_value("#field-amount") == "13.25" and page.page.input_value("#field-bidder") == HOSTILE[:40]
    page.fill(amount=14)
    page.send("#bid-button")
    assert page.bids()[0] == [HOSTILE[:40], "14"]


def test_rejected_forms_have_the_status_of_the_api_and_keep_their_values(server):
    auction = open_auction(server, seconds=1)["id"]
    eventually(lambda: shown(server, auction)["state"] == "closed", "it is closed")
    open_auction(server)
    server.http.post("/api/products", json=product())

    def post(path, text):
        return server.http.post(path, content=text, headers=FORM)

    head = server.head
    for path, text, status, place in [
        (f"/auctions/{auction}/bids", "amount=99&bidder=Ana&after=1", 409, "accepts no more bids"),
        ("/auctions/2/bids", "amount=9&bidder=Typed+name&after=1", 409, 'data-error-for="amount">amount must be 10 or more'),
        ("/auctions/2/bids", "amount=x&bidder=Typed+name&after=1", 422, 'data-error-for="amount">amount must be a number such as'),
        ("/auctions/2/bids", "amount=12&bidder=+&after=1", 422, 'data-error-for="bidder">bidder must be'),
        ("/auctions", "product=&startPrice=77&minimumStep=1&duration=1&unit=60", 422, 'data-error-for="product">choose the product'),
        ("/auctions", "product=2&startPrice=77&minimumStep=1&duration=1&unit=60", 409, 'data-error-for="product">product 2 is in open auction 2'),
        ("/auctions", "product=9&startPrice=77&minimumStep=1&duration=1&unit=60", 404, 'data-error-for="product">there is no product 9'),
        ("/auctions", "product=3&startPrice=77&minimumStep=0&duration=1&unit=60", 422, 'data-error-for="minimumStep">minimumStep must be'),
        ("/auctions", "product=3&startPrice=77&minimumStep=1&duration=1.5&unit=60", 422, 'data-error-for="duration">duration must be a whole number, 1 to 525600 minutes'),
        ("/auctions", "product=3&startPrice=77&minimumStep=1&duration=366&unit=86400", 422, 'data-error-for="duration">duration must be a whole number, 1 to 365 days'),
        ("/auctions", "product=3&startPrice=77&minimumStep=1&duration=1&unit=7", 422, 'data-error-for="duration">the unit of the duration must be'),
    ]:
        answer = post(path, text)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8"), text
        assert place in answer.text, (text, place)
        if f"/{auction}/" not in path:
            assert ('value="77"' if path == "/auctions" else 'value="Typed name"' if "Typed" in text else 'value="12"') in answer.text
    assert server.head == head
    assert_problem(post("/auctions/9/bids", "amount=12&bidder=Ana"), 404, "not-found", "id")
    assert_problem(post("/auctions/2/bids", "amount=12&bidder=Ana&colour=red"), 400, "invalid", "colour")
    for path in ["/auctions", "/auctions/2/bids"]:
        assert_problem(server.http.post(path, content="a=b", headers={**FORM, "Origin": "https://evil.example"}), 403, "wrong-origin")
        assert_problem(server.http.post(path, json={}), 415, "not-a-form")
        assert_problem(post(path, "a=" + "x" * 20_000), 413, "too-large")
    answers = [post("/auctions/2/bids", "amount=12&bidder=Ana&after=7") for _ in range(2)]
    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [(303, "/auctions/2")] * 2
    assert server.head == head + 1, "the same form sent twice takes effect once"


# Many bids and auctions

def many_auctions(products, auctions, seconds):
    """Products named "Lot", and auctions of the first of them; `seconds` gives the duration of an auction by its number."""
    for number in range(1, products + 1):
        yield {"topic": "products", "type": "product.created", "data": product(id=number, title=f"Lot {number}")}
    for number in range(1, auctions + 1):
        yield {"topic": f"auctions/{number}", "type": "auction.opened", "data": {
            "auction": number, "product": number, "startPrice": 1, "minimumStep": 1, "seconds": seconds(number)}}


def test_of_many_bids_the_newest_hundred_are_in_the_list_and_the_chart(server, window):
    auction = open_auction(server, minimumStep=1)["id"]
    for amount in range(10, 110):
        bid(server, auction, amount)
    page = window(f"/auctions/{auction}").wait_live()
    assert (len(page.bids()), page.points(), page.page.is_visible("#left-out")) == (100, 100, False)
    assert page.page.text_content("#chart-text").startswith("From 10 to 109 in 100 bids, from ")
    bid(server, auction, 110, "Bo")
    page.wait_for_text("#price", "110")
    assert (len(page.bids()), page.bids()[0], page.bids()[-1]) == (100, ["Bo", "110"], ["Ana", "11"])
    assert page.page.is_visible("#left-out") and page.page.text_content("#bid-count") == "101 bids"
    page.wait_for("#chart-text", "From 11 to 110 in the last 100 bids, from ", state="attached")
    assert page.points() == 100
    label = page.page.get_attribute("#price-chart svg", "aria-labelledby").split()
    assert [page.page.locator(f"#{id}").count() for id in label] == [1, 1] and page.page.get_attribute("#price-chart svg", "role") == "img"


def test_a_page_has_a_hundred_auctions_and_many_products_are_entered_by_id(server, window):
    server.restore(*many_auctions(304, 103, lambda number: 1000 - number))
    page = window("/auctions").wait_live()
    titles = page.page.locator("#open h2").all_text_contents()
    assert (len(titles), titles[0], titles[-1]) == (100, "Lot 103", "Lot 4")
    page.page.fill("#field-product", "304")
    page.fill(startPrice=1, duration=1)
    page.page.select_option("#field-unit", "minutes")
    page.page.click("#create-button")
    page.wait_for("#open > .entry:first-child", "Lot 304")
    assert page.page.locator("#open > .entry").count() == 100
    page.page.click("#next")
    page.wait_live()
    assert page.page.locator("#open h2").all_text_contents() == ["Lot 4", "Lot 3", "Lot 2", "Lot 1"]
    bid(server, 1, 5, "Bo")
    page.wait_for_text('#auction-1 [data-field="price"]', "5")
    assert page.problems == []


def test_a_page_is_rendered_again_only_after_its_own_events(server):
    for _ in range(2):
        open_auction(server)
    address = "/auctions/1"
    tag = server.http.get(address).headers["etag"]
    bid(server, 2, 12)
    server.append_numbers(5)
    assert server.http.get(address, headers={"If-None-Match": tag}).status_code == 304
    server.http.patch("/api/products/1", json={"title": "Renamed"})
    renamed = server.http.get(address, headers={"If-None-Match": tag})
    assert renamed.status_code == 200 and "Renamed" in renamed.text
    bid(server, 1, 12)
    assert server.http.get(address, headers={"If-None-Match": renamed.headers["etag"]}).status_code == 200
    list = server.http.get("/auctions").headers["etag"]
    assert server.http.get("/auctions", headers={"If-None-Match": list}).status_code == 304


def test_more_auctions_than_the_page_cache_holds_are_shown(server):
    server.restore(*many_auctions(80, 80, lambda number: 900))
    for _ in range(2):
        for number in range(1, 81):
            assert f"Lot {number} ·" in server.http.get(f"/auctions/{number}").text
        bid(server, 7, server.head, "Ana")


def test_the_product_of_a_closed_auction_may_be_deleted(server, window):
    auction = open_auction(server, seconds=SHORT)["id"]
    assert bid(server, auction, 12, "Bo").status_code == 201
    eventually(lambda: shown(server, auction)["state"] == "closed", "it is closed")
    assert server.http.delete("/api/products/1").status_code == 200
    page = window(f"/auctions/{auction}")
    assert page.page.text_content("h1") == "Product 1, deleted"
    assert visible_text(page, ".sidebar").startswith("Sold 12 To Bo")
    assert "Product 1, deleted" in server.http.get("/auctions").text


# Appearance

@in_windows((1440, "light"), (320, "dark"), (320, "light"), (1440, "dark"))
def test_the_pages_are_accessible_and_fit(server, window, width, scheme):
    server.http.post("/api/products", json=product(title="W" * 200, description="d" * 400))
    server.http.post("/api/products", json=product(title="Rope"))
    server.http.post("/api/auctions", json={"product": 1, "startPrice": 10, "minimumStep": 0.0001, "seconds": 600})
    short = server.http.post("/api/auctions", json={"product": 2, "startPrice": 10, "minimumStep": 1, "seconds": SHORT}).json()["auction"]["id"]
    assert bid(server, short, 12, "Bo").status_code == 201
    bid(server, 1, 999999999999.5, "W" * 64)
    eventually(lambda: shown(server, short)["state"] == "closed", "it is closed")
    look = {"viewport": {"width": width, "height": 1200}, "color_scheme": scheme}
    for path, name in [("/auctions", "auctions"), ("/auctions/1", "auction"), (f"/auctions/{short}", "auction-closed")]:
        page = window(path, **look)
        if name != "auction-closed":
            page.wait_live().wait_for("[data-until]:not(:empty)")
        page.assert_fits()
        page.screenshot(f"{name}-{width}-{scheme}")
    page = window("/auctions/1", **look).wait_live().bid(9, "Ana").wait_for("#error-amount:not(:empty)")
    page.assert_fits()
    page.screenshot(f"auction-refused-{width}-{scheme}")


def test_the_seed_has_open_auctions_with_bids_and_one_that_has_closed(make_server, chromium):
    server = make_server("--seed", "--seed-from", SEED)
    auctions = server.http.get("/api/auctions").json()["auctions"]
    assert sorted(auction["state"] for auction in auctions) == ["closed", "open", "open", "open"]
    assert sum(auction["bidCount"] for auction in auctions) == len(server.events(types="bid.placed")["events"])
    page = Page(chromium.new_context(), server.url + "/auctions").wait_live()
    assert page.page.locator("#open > .entry").count() == 3 and page.page.locator("#closed > .entry").count() == 1
    for auction in auctions:
        page.page.goto(server.url + f"/auctions/{auction['id']}")
        assert page.page.locator("#price-chart circle").count() == auction["bidCount"]
    assert page.problems == []
    page.page.context.close()
