"""Collections of a folder application: rows, past states, restarts and trims equal a fold written apart."""

import json
import random

import pytest

from bitacora import tool, verified_head
from collections_model import Application, Reader, matches, ordered, parse, random_application, random_event
from readers import CollectionSocket, CollectionStream

pytestmark = pytest.mark.timeout(300)
ROUNDS = 6


@pytest.fixture
def serve(make_server, tmp_path):
    """Starts a server with an application."""
    def start(definition, *options, files=None):
        folder = tmp_path / f"app-{random.getrandbits(40)}"
        write(folder, definition, files)
        server = make_server("--app", str(folder), *options)
        server.folder = folder
        return server
    return start


def write(folder, definition, files=None):
    for name, content in {"app.json": json.dumps(definition), **(files or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def rows_of(server, name, **query):
    """All rows of a collection by key, read page by page."""
    rows, after = {}, None
    while True:
        answer = server.http.get(f"/api/collections/{name}", params={"limit": 37, **query, **({"after": after} if after else {})})
        assert answer.status_code == 200, answer.text
        page = parse(answer.text)
        assert [row["key"] for row in page["rows"]] and set(rows).isdisjoint(row["key"] for row in page["rows"]) or not page["rows"]
        rows |= {row["key"]: row["value"] for row in page["rows"]}
        after = page["next"]
        if after is None:
            assert page["total"] == len(rows)
            return rows


def events_of(server):
    """Every event of the log, as the model takes them."""
    events, after = [], "start"
    while True:
        page = parse(server.http.get("/api/events", params={"after": after, "limit": 1000}).text)
        events += page["events"]
        if not page["events"]:
            return events
        after = int(page["next"])


def fill(server, seed, count):
    """Appends random events; all that are refused are refused for other reasons than the collections."""
    for start in range(0, count, 50):
        server.append(*(random_event(seed) for _ in range(min(50, count - start))))


def check(server, definition, events, **query):
    """Compares every collection with the fold of events."""
    model = Application(definition)
    for event in events:
        model.apply(event)
    for name in definition["collections"]:
        expected = model.rows(name)
        found = rows_of(server, name, **query)
        assert found == expected, f"{name} {query}: {differences(found, expected)}"
    return model


def differences(found, expected):
    return {key: (found.get(key), expected.get(key)) for key in found.keys() | expected.keys() if found.get(key) != expected.get(key)}


@pytest.mark.parametrize("number", range(ROUNDS))
def test_rows_equal_a_fold_now_in_the_past_and_after_a_restart(serve, seed, number):
    seed = random.Random(seed.random() + number)
    definition = random_application(seed)
    server = serve(definition, "--snapshot-every", "100")
    fill(server, seed, 300)
    events = events_of(server)
    model = check(server, definition, events)
    for _ in range(5):
        at = seed.randint(0, len(events))
        check(server, definition, events[:at], at=at)
    state = parse(server.tool("state", "rows").stdout)
    assert state["rows"] == model.rows("rows")
    assert state["skipped"] == model.roots["rows"].skipped
    at = seed.randint(1, len(events))
    past = Application(definition)
    for event in events[:at]:
        past.apply(event)
    assert parse(server.tool("state", "groups", "--at", at).stdout)["rows"] == past.rows("groups")
    assert server.stop() == 0
    assert server.tool("verify").returncode == 0
    server.start()
    check(server, definition, events)
    fill(server, seed, 60)
    server.kill9()
    server.start()
    check(server, definition, events_of(server))


def test_a_trim_keeps_the_rows(serve, seed):
    definition = random_application(seed)
    server = serve(definition)
    fill(server, seed, 200)
    events = events_of(server)
    assert server.stop() == 0
    assert server.tool("trim", "--before", "150", "--yes").returncode == 0
    assert server.tool("verify").returncode == 0
    server.start()
    check(server, definition, events)
    fill(server, seed, 50)
    later = events + [event for event in events_of(server) if event["offset"] > len(events)]
    check(server, definition, later)
    assert server.restart()
    check(server, definition, later)


def test_a_collection_that_is_declared_after_a_trim_begins_at_the_first_kept_offset(serve, seed):
    definition = random_application(seed)
    server = serve({"topics": definition["topics"]})
    fill(server, seed, 100)
    events = events_of(server)
    assert server.stop() == 0
    assert server.tool("trim", "--before", "60", "--yes").returncode == 0
    write(server.folder, definition)
    server.start()
    check(server, definition, [event for event in events if event["offset"] >= 60])
    state = parse(server.tool("state", "rows").stdout)
    assert state["startedAfter"] == 59


def test_a_changed_definition_is_folded_from_the_whole_log(serve, seed):
    definition = random_application(seed)
    server = serve(definition)
    fill(server, seed, 100)
    other = random_application(seed)
    assert server.stop() == 0
    write(server.folder, other)
    server.start()
    check(server, other, events_of(server))



def test_after_a_trim_the_rows_of_a_definition_are_back_when_a_change_of_it_is_reverted(serve, seed):
    definition, other = random_application(seed), random_application(seed)
    server = serve(definition)
    fill(server, seed, 200)
    events = events_of(server)
    assert server.stop() == 0
    assert server.tool("trim", "--before", "150", "--yes").returncode == 0
    write(server.folder, other)
    server.start()
    check(server, other, [event for event in events if event["offset"] >= 150])
    fill(server, seed, 30)
    events += [event for event in events_of(server) if event["offset"] > len(events)]
    assert server.stop() == 0
    write(server.folder, definition)
    server.start()
    check(server, definition, events)
    assert parse(server.tool("state", "rows").stdout)["startedAfter"] == 0
    assert server.stop() == 0
    assert verified_head(server.data) == len(events)


QUERIES = [
    ({}, {}, "", None),
    ({"where[status]": "open"}, {"status": "open"}, "", None),
    ({"where[total][gte]": "20", "sort": "-total"}, {"total": {"gte": 20}}, "-total", None),
    ({"sort": "-total", "limit": "5"}, {}, "-total", 5),
    ({"where[status][not]": "closed", "sort": "status,-total", "limit": "3"}, {"status": {"not": "closed"}}, "status,-total", 3),
    ({"limit": "4"}, {}, "", 4),
]
ORDERS = {
    "topics": {"orders/{order}": {}},
    "collections": {
        "orders": {
            "from": "orders/*", "key": "topic.order", "index": ["total"],
            "on": {
                "placed": {"put": {"status": "=open", "total": "data.total"}},
                "added": {"add": {"total": "data.total"}},
                "closed": {"set": {"status": "=closed"}},
                "removed": {"delete": True},
            },
        },
        "statuses": {"of": "orders", "by": "status", "fields": {"orders": "count", "total": "sum total"}},
    },
}


def order_event(seed):
    kind = seed.choice(["placed", "placed", "added", "closed", "removed"])
    return {"topic": f"orders/{seed.randint(1, 25)}", "type": kind, "data": {"total": seed.randint(-3, 60)}}


def window(server, where, sort, limit, name="orders"):
    """The keys and rows of a fresh read."""
    rows = rows_of(server, name)
    keys = [key for key in ordered(rows, sort) if matches(where, rows[key])][:limit]
    return keys, {key: rows[key] for key in keys}


@pytest.mark.parametrize("transport", [CollectionStream, CollectionSocket])
@pytest.mark.parametrize("query, where, sort, limit", QUERIES)
def test_a_reader_that_is_cut_at_random_has_the_rows_of_a_fresh_read(serve, seed, transport, query, where, sort, limit):
    server = serve(ORDERS)
    server.append(*(order_event(seed) for _ in range(40)))
    page = parse(server.http.get("/api/collections/orders", params={**query, "limit": limit or 1000}).text)
    reader, position = Reader(), page["position"]
    reader.begin(page)
    for _ in range(8):
        with transport(server, "orders", position=position, **query) as connection:
            connection.apply_until_replayed(reader)
            for _ in range(seed.randint(0, 6)):
                server.append(*(order_event(seed) for _ in range(seed.randint(1, 4))))
            # A change that every query shows, so that it is known what has arrived.
            mark = str(seed.getrandbits(40))
            server.append({"topic": f"orders/~{mark}", "type": "placed", "data": {"total": 1000 + seed.random()}})
            key = f"~{mark}"
            if limit is None or sort == "-total":
                connection.apply_until(reader, lambda: key in reader.rows)
                assert window(server, where, sort, limit) == (reader.order, reader.rows)
            position = connection.position
        server.append(*(order_event(seed) for _ in range(seed.randint(1, 10))))
        # The row of the mark goes again, so that windows do not fill with such rows.
        server.append({"topic": f"orders/~{mark}", "type": "removed"})
        if seed.random() < 0.3:
            server.restart()
    with transport(server, "orders", position=position, **query) as connection:
        connection.apply_until_replayed(reader)
        assert window(server, where, sort, limit) == (reader.order, reader.rows)


@pytest.mark.parametrize("transport", [CollectionStream, CollectionSocket])
def test_a_position_of_another_log_is_answered_with_reset_and_all_rows(serve, seed, transport):
    server = serve(ORDERS)
    server.append(*(order_event(seed) for _ in range(40)))
    reader = Reader()
    reader.rows, reader.order = {"nobody": {}}, ["nobody"]
    with transport(server, "orders", position="00000000000000ff:3") as connection:
        assert connection.apply_until_replayed(reader) == ["other-log"]
        assert window(server, {}, "", None) == (reader.order, reader.rows)


def test_a_group_is_followed_like_any_collection(serve, seed):
    server = serve(ORDERS)
    reader = Reader()
    with CollectionSocket(server, "statuses") as connection:
        connection.apply_until_replayed(reader)
        for _ in range(20):
            server.append(*(order_event(seed) for _ in range(3)))
        server.append({"topic": "orders/last", "type": "placed", "data": {"total": 0.125}})
        connection.apply_until(reader, lambda: reader.rows == rows_of(server, "statuses"))


def test_the_log_is_sound_after_the_definition_of_a_group_has_changed(serve, seed):
    """A stored snapshot has the rows from which groups are computed, and no groups."""
    server = serve(ORDERS)
    server.append(*(order_event(seed) for _ in range(60)))
    assert server.stop() == 0
    changed = {**ORDERS, "collections": {**ORDERS["collections"], "statuses": {
        "of": "orders", "by": "status", "where": {"total": {"gte": 10}}, "fields": {"least": "min total", "most": "max total"}}}}
    write(server.folder, changed)
    for _ in range(2):  # with the snapshot of the earlier definition, then after a start with the changed one
        verified = server.tool("verify", "--json", "--app", server.folder)
        assert verified.returncode == 0 and json.loads(verified.stdout)["sound"], verified.stdout + verified.stderr
        server.start()
        check(server, changed, events_of(server))
        assert server.stop() == 0
    assert verified_head(server.data) == 60


def test_the_definition_in_the_log_is_known_to_the_command_line(serve):
    server = serve(ORDERS)
    server.append({"topic": "orders/7", "type": "placed", "data": {"total": 12.50}})
    assert parse(server.tool("state", "orders").stdout)["rows"] == parse('{"7":{"status":"open","total":12.5}}')
    unknown = server.tool("state", "order")
    assert unknown.returncode != 0 and "orders" in unknown.stderr
    assert "rows" in server.tool("diff", "0", "1").stdout
    other = tool("log", "state", "orders", "--data", server.data, "--app", server.folder)
    assert other.returncode == 0 and parse(other.stdout)["rows"]
