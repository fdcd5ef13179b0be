"""Auctions: bids in the order of the log, decided by the server's time, and automatic closing."""

import datetime
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from bitacora import eventually, verified_head
from bodies import assert_problem, product
from readers import Socket, until_replayed
from socketio_log import LogSocket, as_event
from socketio_python import AsyncClient, run


# The duration of an auction in which a test does something and then waits for the close: enough for a busy machine.
SHORT = 6


def open_auction(server, seconds=600, **fields):
    """Opens an auction of a new product, and returns the auction in the answer."""
    made = server.http.post("/api/products", json=product()).json()["product"]
    body = {"product": made["id"], "startPrice": 10, "minimumStep": 0.5, "seconds": seconds, **fields}
    answer = server.http.post("/api/auctions", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["auction"]


def bid(server, auction, amount, bidder="Ana", **options):
    return server.http.post(f"/api/auctions/{auction}/bids", json={"amount": amount, "bidder": bidder}, **options)


def shown(server, auction):
    return server.http.get(f"/api/auctions/{auction}").json()["auction"]


def events_of(server, auction, *types):
    return server.events(topics=f"auctions/{auction}", **({"types": ",".join(types)} if types else {}))["events"]


def moment(text):
    return datetime.datetime.fromisoformat(text)


def wait_until(text):
    """Waits by polling, because no event announces this time while the server is down."""
    eventually(lambda: datetime.datetime.now(datetime.timezone.utc) >= moment(text), f"the clock shows {text}")


# Opening and bidding

def test_opening_an_auction_returns_its_offset_address_and_tag(server):
    server.http.post("/api/products", json=product())
    body = {"product": 1, "startPrice": 10, "minimumStep": 0.5, "seconds": 90}
    answer = server.http.post("/api/auctions", json=body)
    assert (answer.status_code, answer.headers["location"], answer.headers["etag"]) == (201, "/api/auctions/1", f'"{server.log_id}-2"')
    auction = answer.json()["auction"]
    event = server.http.get("/api/events/2").json()
    assert (event["topic"], event["type"], event["data"]) == ("auctions/1", "auction.opened", {"auction": 1, **body})
    assert answer.json()["offset"] == 2
    assert auction == {
        "id": 1, "product": 1, "startPrice": 10, "minimumStep": 0.5, "openedAt": event["time"], "closesAt": auction["closesAt"],
        "state": "open", "bidCount": 0, "price": None, "bidder": None, "nextPrice": 10, "version": 2, "bids": []}
    assert moment(auction["closesAt"]) - moment(event["time"]) == datetime.timedelta(seconds=90)
    assert server.http.get("/api/auctions/1", headers={"If-None-Match": f'"{server.log_id}-2"'}).status_code == 304


def test_a_bid_over_any_interface_raises_the_price(server):
    auction = open_auction(server)["id"]
    assert bid(server, auction, 10, "Ana").json()["auction"]["nextPrice"] == 10.5
    with Socket(server, after="live") as plain, LogSocket(server, after="live") as socketio:
        assert plain.command("bid.place", auction=auction, amount=11, bidder="Bo") == {"type": "ack", "ref": "ref", "offset": 4}
        assert socketio.command("bid.place", {"auction": auction, "amount": 12.25, "bidder": "Cy"}) == {"offset": 5}
    now = shown(server, auction)
    assert [(entry["amount"], entry["bidder"]) for entry in now["bids"]] == [(10, "Ana"), (11, "Bo"), (12.25, "Cy")]
    assert (now["bidCount"], now["price"], now["bidder"], now["nextPrice"], now["version"]) == (3, 12.25, "Cy", 12.75, 5)
    assert [entry["time"] for entry in now["bids"]] == [event["time"] for event in events_of(server, auction, "bid.placed")]


def test_of_two_simultaneous_equal_bids_one_wins_and_the_other_gets_the_minimum(server):
    auction = open_auction(server, minimumStep=1)["id"]
    rounds = 40
    with LogSocket(server, namespace=f"/auctions/{auction}") as watcher, LogSocket(server, after="live") as bidder, ThreadPoolExecutor(2) as pool:
        watcher.until_replayed()
        wins = []
        for amount in range(10, 10 + rounds):
            by_socket = pool.submit(bidder.command, "bid.place", {"auction": auction, "amount": amount, "bidder": "socket"})
            by_http = pool.submit(bid, server, auction, amount, "http")
            socket_answer, http_answer = by_socket.result(), by_http.result()
            assert ("offset" in socket_answer) != (http_answer.status_code == 201), (socket_answer, http_answer.text)
            if "offset" in socket_answer:
                wins.append("socket")
                refusal = assert_problem(http_answer, 409, "too-low", "amount")["detail"]
            else:
                wins.append("http")
                assert (socket_answer["error"]["code"], socket_answer["error"]["field"]) == ("too-low", "amount")
                refusal = socket_answer["error"]["message"]
            assert refusal == (
                f"amount must be {amount + 1} or more, not {amount}: "
                f"the highest bid in auction {auction} is {amount}, by \"{wins[-1]}\", and the minimum step is 1")
            seen = next(watcher)
            assert (seen[0], seen[1]) == ("bid.placed", {"auction": auction, "amount": amount, "bidder": wins[-1]})
    assert [event["data"]["bidder"] for event in events_of(server, auction, "bid.placed")] == wins


def test_prices_only_rise_under_concurrent_bids(server, seed):
    auction = open_auction(server, minimumStep=1)["id"]
    amounts = [seed.randrange(10, 200) for _ in range(400)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda amount: bid(server, auction, amount, f"b{amount}"), amounts))
    accepted = {answer.json()["offset"]: amount for answer, amount in zip(answers, amounts) if answer.status_code == 201}
    prices = [accepted[offset] for offset in sorted(accepted)]
    assert prices == sorted(set(prices)) and prices[-1] == max(amounts)
    assert [event["data"]["amount"] for event in events_of(server, auction, "bid.placed")] == prices
    now = shown(server, auction)
    assert (now["bidCount"], now["price"], [entry["amount"] for entry in now["bids"]]) == (len(prices), max(amounts), prices[-100:])


def test_rejections_say_what_is_wrong_and_append_nothing(server):
    auction = open_auction(server)["id"]
    post = server.http.post
    assert_problem(bid(server, auction, 9.99), 409, "too-low", "amount")
    assert_problem(bid(server, auction, "12"), 422, "invalid", "amount")
    assert_problem(bid(server, auction, 12, ""), 422, "invalid", "bidder")
    assert_problem(bid(server, 9, 12), 404, "not-found", "auction")
    assert_problem(bid(server, "x", 12), 404, "not-found")
    assert_problem(post(f"/api/auctions/{auction}/bids", json=[]), 422, "invalid")
    assert_problem(post(f"/api/auctions/{auction}/bids", json={"auction": 2, "amount": 12, "bidder": "Ana"}), 400, "invalid", "auction")
    assert_problem(post(f"/api/auctions/{auction}/close"), 409, "early", "auction")
    assert_problem(post("/api/auctions", json={"product": 1}), 422, "missing", "startPrice")
    assert_problem(post("/api/auctions", json={"product": 7, "startPrice": 1, "minimumStep": 1, "seconds": 1}), 404, "not-found", "product")
    assert_problem(post("/api/auctions", json={"product": 1, "startPrice": 1, "minimumStep": 1, "seconds": 1}), 409, "in-auction", "product")
    assert_problem(server.http.delete("/api/products/1"), 409, "in-auction", "id")
    assert_problem(server.http.get("/api/auctions/2"), 404, "not-found", "id")
    assert_problem(server.http.delete("/api/auctions/1"), 405, "method-not-allowed")
    assert server.head == 2


def test_a_retried_opening_or_bid_takes_effect_once(server):
    server.http.post("/api/products", json=product())
    body = {"product": 1, "startPrice": 10, "minimumStep": 1, "seconds": 600}
    first, again = (server.http.post("/api/auctions", json=body, headers={"Idempotency-Key": "open"}) for _ in range(2))
    assert (again.status_code, again.json()) == (201, first.json())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: bid(server, 1, 10, headers={"Idempotency-Key": "bid"}), range(16)))
    assert {(answer.status_code, answer.json()["offset"]) for answer in answers} == {(201, 3)}
    bid(server, 1, 20, "Bo")
    server.restart()
    assert bid(server, 1, 10, headers={"Idempotency-Key": "bid"}).json()["offset"] == 3
    with LogSocket(server, after="live") as socket:
        assert socket.command("bid.place", {"auction": 1, "amount": 10, "bidder": "Ana"}, {"id": "bid"}) == {"offset": 3}
    assert_problem(bid(server, 1, 30, headers={"Idempotency-Key": "bid"}), 409, "id-conflict", "id")
    assert server.head == 4


def test_the_list_can_be_read_by_page_and_by_state(server):
    for seconds in [1, 600, 600, 1]:
        open_auction(server, seconds=seconds)
    eventually(lambda: len(server.events(types="auction.closed")["events"]) == 2, "both short ones are closed")

    def listed(**query):
        answer = server.http.get("/api/auctions", params=query).json()
        assert answer["offset"] == server.head
        assert all("bids" not in auction for auction in answer["auctions"])
        return [auction["id"] for auction in answer["auctions"]], answer["next"]

    assert listed() == ([1, 2, 3, 4], 4)
    assert listed(limit=3) == ([1, 2, 3], 3)
    assert listed(after=3) == ([4], 4)
    assert listed(after=4) == ([], 4)
    assert listed(state="open") == ([2, 3], 3)
    assert listed(state="closed", after=1) == ([4], 4)
    tag = server.http.get("/api/auctions").headers["etag"]
    assert server.http.get("/api/auctions", headers={"If-None-Match": tag}).status_code == 304
    for query, field in [({"state": "x"}, "state"), ({"after": "x"}, "after"), ({"limit": 0}, "limit"), ({"sate": "open"}, "sate")]:
        assert_problem(server.http.get("/api/auctions", params=query), 400, "invalid", field)


# Closing

def test_an_auction_closes_by_itself_and_then_accepts_no_bids(server):
    auction = open_auction(server, seconds=SHORT)
    with Socket(server, topics=f"auctions/{auction['id']}", after="live") as watcher:
        until_replayed(watcher)
        assert bid(server, auction["id"], 15, "Bo").status_code == 201
        assert next(watcher)["type"] == "bid.placed"
        closed = next(watcher)
    assert (closed["type"], closed["source"]) == ("auction.closed", "server")
    assert closed["data"] == {"auction": auction["id"], "bidCount": 1, "price": 15, "winner": "Bo"}
    assert closed["time"] >= auction["closesAt"]
    detail = assert_problem(bid(server, auction["id"], 99), 409, "closed", "auction")["detail"]
    assert detail == f"auction {auction['id']} accepts no more bids; the last bid was 15, by \"Bo\""
    now = shown(server, auction["id"])
    assert (now["state"], now["price"], now["version"]) == ("closed", 15, closed["offset"])


def test_closing_a_closed_auction_succeeds_without_an_event(server):
    auction = open_auction(server, seconds=1)["id"]
    eventually(lambda: shown(server, auction)["state"] == "closed", "it is closed")
    head = server.head
    answer = server.http.post(f"/api/auctions/{auction}/close")
    assert (answer.status_code, answer.json()["auction"]["state"]) == (200, "closed")
    assert server.head == head
    assert server.http.delete("/api/products/1").status_code == 200


def test_a_new_auction_that_ends_sooner_closes_first(server):
    long = open_auction(server, seconds=31_536_000)["id"]
    short = open_auction(server, seconds=1)["id"]
    eventually(lambda: shown(server, short)["state"] == "closed", "the short one is closed")
    assert shown(server, long)["state"] == "open"


@pytest.mark.long
@pytest.mark.parametrize("end", ["stop", "kill9"])
def test_an_auction_that_ends_while_no_server_runs_is_closed_once_at_the_next_start(server, end):
    auctions = [open_auction(server, seconds=SHORT)]
    assert bid(server, auctions[0]["id"], 15, "Bo").status_code == 201
    auctions += [open_auction(server, seconds=SHORT, startPrice=number) for number in range(2)]
    kept = open_auction(server, seconds=600)
    getattr(server, end)()
    wait_until(auctions[-1]["closesAt"])
    server.start()
    # By the time, not by the server's state, which is updated a moment later.
    assert_problem(bid(server, auctions[0]["id"], 99), 409, "closed", "auction")
    eventually(lambda: len(server.events(types="auction.closed")["events"]) == 3, "all three are closed")
    server.restart()
    closed = server.events(types="auction.closed")["events"]
    assert sorted(event["data"]["auction"] for event in closed) == [auction["id"] for auction in auctions]
    assert [event["data"]["winner"] for event in closed if event["data"]["auction"] == auctions[0]["id"]] == ["Bo"]
    assert shown(server, kept["id"])["state"] == "open"
    assert bid(server, kept["id"], 15).status_code == 201


def test_the_state_is_the_same_after_a_restart_and_the_log_verifies(server):
    auction = open_auction(server)["id"]
    for amount in range(10, 130):
        bid(server, auction, amount)
    before = shown(server, auction)
    server.restart()
    assert shown(server, auction) == before
    server.kill9()
    server.start()
    assert shown(server, auction) == before
    server.stop()
    assert verified_head(server.data) == 122


@pytest.mark.long
def test_an_auction_that_cannot_be_closed_in_a_full_log_is_closed_when_there_is_space(make_server):
    server = make_server("--max-size", str(1 << 20))
    auction = open_auction(server, seconds=20)
    for size in [50_000, 2_000, 1]:
        while server.http.post("/api/events", json={"topic": "t", "type": "x", "data": "x" * size}).status_code == 201:
            pass
    assert shown(server, auction["id"])["state"] == "open", "it was closed before the log was full"
    eventually(lambda: "auctions could not be closed at their closing time" in server.stderr, "the log says that the auction was not closed")
    assert_problem(bid(server, auction["id"], 15), 409, "closed", "auction")
    server.stop()
    server.options = ("--max-size", str(64 << 20))
    server.start()
    eventually(lambda: shown(server, auction["id"])["state"] == "closed", "it is closed")


@pytest.mark.alone
def test_an_event_dated_ahead_does_not_delay_a_closing_until_the_clock_has_caught_up(server, tmp_path):
    server.append({"type": "x"})
    assert server.http.get("/readyz").json()["secondsAhead"] == 0
    server.stop()
    ahead = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=55)
    (tmp_path / "ahead.jsonl").write_text(
        json.dumps({"topic": "t", "type": "x", "data": 1, "time": ahead.isoformat().replace("+00:00", "Z")}) + "\n")
    imported = server.tool("import", tmp_path / "ahead.jsonl")
    assert imported.returncode == 0, imported.stderr
    server.start()
    assert "the log's time runs at three quarters of normal speed until the clock has caught up" in server.stderr
    assert 0 < server.http.get("/readyz").json()["secondsAhead"] <= 55
    assert 0 < json.loads(server.tool("stats", "--json").stdout)["secondsAhead"] <= 55
    assert "\nahead " in server.tool("stats").stdout
    auction = open_auction(server, seconds=3)
    assert moment(auction["openedAt"]) >= ahead
    eventually(lambda: shown(server, auction["id"])["state"] == "closed", "it is closed")
    # Long before the clock has caught up, but not before the closing time.
    assert datetime.datetime.now(datetime.timezone.utc) < ahead
    closed = events_of(server, auction["id"], "auction.closed")[0]
    lasted = moment(closed["time"]) - moment(auction["openedAt"])
    assert datetime.timedelta(seconds=3) <= lasted < datetime.timedelta(seconds=20)


# Subscribers

def test_subscribers_of_an_auction_get_its_close_and_are_disconnected(server):
    auction = open_auction(server, seconds=SHORT)["id"]
    topic = f"auctions/{auction}"
    with LogSocket(server, namespace=f"/{topic}") as watcher, LogSocket(server, topics=topic) as reader:
        watcher.until_replayed()
        reader.until_replayed()
        assert next(watcher)[0] == next(reader)[0] == "auction.closed"
        assert watcher.receive() == f"41/{topic},"
        # Events of other types can still be appended to the topic.
        server.append({"topic": topic, "type": "bid.regretted", "data": {"auction": auction, "bidder": "late"}})
        assert next(reader)[1]["bidder"] == "late"
        watcher.session.send("40")
        assert watcher.receive().startswith("40{")
    assert shown(server, auction)["bidCount"] == 0


def test_a_stock_client_gets_the_close_and_is_then_disconnected_by_the_server(server):
    auction = open_auction(server, seconds=1)["id"]
    namespace = f"/auctions/{auction}"

    async def test():
        async with AsyncClient(server, namespaces=["/", namespace], auth={"recovery": False}) as client:
            assert (await client.until("auction.closed", namespace))[1]["auction"] == auction
            assert (await client.until("disconnect", namespace))[0] == "disconnect"
            assert client.io.connected
            assert await client.call("message.post", {"text": "still here"}) == {"offset": 4}

    run(test())


def test_a_client_that_joins_a_closed_auction_gets_the_history_before_it_is_disconnected(server):
    auction = open_auction(server, seconds=SHORT)["id"]
    assert bid(server, auction, 12).status_code == 201
    eventually(lambda: shown(server, auction)["state"] == "closed", "it is closed")
    with LogSocket(server, namespace=f"/auctions/{auction}") as late:
        events, _ = late.until_replayed()
        assert events == [as_event(event, server) for event in events_of(server, auction)]
        assert [event[0] for event in events] == ["auction.opened", "bid.placed", "auction.closed"]
        assert late.receive() == f"41/auctions/{auction},"


def test_subscribers_of_an_open_or_unknown_auction_stay_connected(server):
    auction = open_auction(server)["id"]
    server.restore({"topic": "auctions/77", "type": "auction.closed", "data": {"auction": 77}})
    with LogSocket(server, namespace=f"/auctions/{auction}") as watcher, LogSocket(server, namespace="/auctions/77") as stranger:
        watcher.until_replayed()
        assert [event[0] for event in stranger.until_replayed()[0]] == ["auction.closed"]
        bid(server, auction, 12)
        server.append({"topic": "auctions/77", "type": "auction.missed"})
        assert next(watcher)[0] == "bid.placed"
        assert next(stranger)[0] == "auction.missed"
        assert stranger.command("bid.place", {"auction": auction, "amount": 13, "bidder": "Bo"}) == {"offset": 6}
        assert next(watcher)[1]["bidder"] == "Bo"
