"""Applications in a folder: commands, schemas on every way in, pages, reloading, and the commands `app new` and `app check`."""

import json

import httpx
import pytest

from bitacora import PATIENCE, NotServing, eventually, tool
from collections_model import Reader, parse
from readers import CollectionStream, Socket
from socketio_python import AsyncClient, run
from test_collections import serve, write  # noqa: F401

SHOP = {
    "name": "Shop",
    "topics": {
        "orders/{order}": {
            "closed": True,
            "order.placed": {"schema": "schemas/placed.json", "commandOnly": True},
            "order.paid": {"schema": {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "number"}, "note": {"type": "string"}}, "additionalProperties": False}},
            "order.cancelled": {},
        }
    },
    "collections": {
        "orders": {
            "from": "orders/*", "key": "topic.order",
            "on": {
                "order.placed": {"put": {"customer": "data.customer", "total": "data.total", "status": "=placed", "placed": "time"}},
                "order.paid": {"set": {"status": "=paid"}, "add": {"paid": "data.amount"}},
                "order.cancelled": {"set": {"status": "=cancelled"}},
            },
        },
        "customers": {"of": "orders", "by": "customer", "where": {"status": {"not": "cancelled"}}, "fields": {"orders": "count", "spent": "sum total", "latest": "max placed"}},
    },
    "commands": {
        "order.place": {"topic": "orders/{order}", "event": "order.placed", "unless": "orders", "code": "exists"},
        "order.pay": {"topic": "orders/{order}", "event": "order.paid", "when": {"orders": {"status": "placed"}}, "code": "not-payable"},
        "order.cancel": {"topic": "orders/{order}", "event": "order.cancelled", "when": {"orders": {"status": {"in": ["placed", "paid"]}}}},
    },
    "pages": {"/orders": {"template": "orders", "list": "orders", "row": "order-row", "where": {"status": "?status"}, "sort": "-total", "size": 50}},
}
FILES = {
    "schemas/placed.json": json.dumps({
        "type": "object", "required": ["customer", "total"], "additionalProperties": False,
        "properties": {"customer": {"type": "string", "minLength": 1}, "total": {"type": "number", "minimum": 0}, "gift": {"type": "boolean"}},
    }),
    "views/orders.handlebars": '<main data-position="{{@position}}"><b id="total">{{@total}}</b><ul>{{#each rows}}{{> order-row}}{{/each}}</ul></main>',
    "views/partials/order-row.handlebars": '<li data-key="{{@key}}">{{customer}}: {{total}}, {{status}}</li>',
    "views/assets/shop.css": "main { color: #123456 }",
}


@pytest.fixture
def shop(serve):  # noqa: F811
    return serve(SHOP, files=FILES)


def place(server, order, **data):
    return server.http.post("/commands/order.place", json={"order": order, "customer": "Ada", "total": 12.5, **data})


def row(server, key, name="orders"):
    answer = server.http.get(f"/api/collections/{name}/{key}")
    return parse(answer.text)["value"] if answer.status_code == 200 else None


def test_commands_are_decided_in_order_and_are_safe_to_repeat(shop):
    answer = shop.http.post("/commands/order.place", json={"order": "7", "customer": "Ada", "total": 12.5}, headers={"Idempotency-Key": "one"})
    assert answer.status_code == 201 and answer.json()["offset"] == 1
    again = shop.http.post("/commands/order.place", json={"order": "7", "customer": "Ada", "total": 12.5}, headers={"Idempotency-Key": "one"})
    assert again.status_code == 200 and again.json()["offset"] == 1
    other = shop.http.post("/commands/order.place", json={"order": "8", "customer": "Ada", "total": 12.5}, headers={"Idempotency-Key": "one"})
    assert other.status_code == 409 and other.json()["code"] == "id-conflict"
    exists = place(shop, "7")
    assert exists.status_code == 409 and exists.json()["code"] == "exists"
    paid = shop.http.post("/commands/order.pay", json={"order": "7", "amount": 12.5})
    assert paid.status_code == 201 and row(shop, "7") | {"placed": ""} == parse('{"customer":"Ada","total":12.5,"status":"paid","placed":"","paid":12.5}')
    twice = shop.http.post("/commands/order.pay", json={"order": "7", "amount": 1})
    assert twice.status_code == 409 and twice.json()["code"] == "not-payable"
    assert shop.http.post("/commands/order.pay", json={"order": "99", "amount": 1}).status_code == 404
    event = shop.events(after="start")["events"][0]
    assert event["topic"] == "orders/7" and event["data"] == {"customer": "Ada", "total": 12.5}


@pytest.mark.parametrize("data, code, field", [
    ({"customer": "Ada", "total": 1}, "missing", "order"),
    ({"order": "a/b", "customer": "Ada", "total": 1}, "invalid", "order"),
    ({"order": "", "customer": "Ada", "total": 1}, "invalid", "order"),
    ({"order": ["7"], "customer": "Ada", "total": 1}, "invalid", "order"),
    ({"order": "7", "customer": "Ada"}, "schema", "/total"),
    ({"order": "7", "customer": "", "total": 1}, "schema", "/customer"),
    ({"order": "7", "customer": "Ada", "total": "12"}, "schema", "/total"),
    ({"order": "7", "customer": "Ada", "total": -1}, "schema", "/total"),
    ({"order": "7", "customer": "Ada", "total": 1, "more": 1}, "schema", "/more"),
])
def test_a_command_that_does_not_fit_is_refused_with_the_field(shop, data, code, field):
    answer = shop.http.post("/commands/order.place", json=data)
    assert answer.status_code == 422 and answer.json()["code"] == code, answer.text
    assert answer.json().get("field", "") == field
    assert shop.head == 0


def test_a_form_is_converted_by_the_schema_and_redirected(shop):
    answer = shop.http.post("/commands/order.place", data={"order": "7", "customer": "Ada", "total": "12.50", "gift": "true", "_next": "/orders"})
    assert answer.status_code == 303 and answer.headers["location"] == "/orders", answer.text
    assert shop.events(after="start")["events"][0]["data"] == {"customer": "Ada", "total": 12.5, "gift": True}
    for order, target in enumerate(["//evil.example", "https://evil.example", "/\\evil.example", "orders"]):
        answer = shop.http.post("/commands/order.place", data={"order": str(order), "customer": "Ada", "total": "1", "_next": target})
        assert answer.status_code == 303 and answer.headers["location"] == "/"
    answer = shop.http.post("/commands/order.place", data={"order": "9", "customer": "Ada", "total": "much"}, headers={"Accept": "text/html"})
    assert answer.status_code == 422 and "total" in answer.text and answer.headers["content-type"].startswith("text/html")
    foreign = shop.http.post("/commands/order.place", data={"order": "9", "customer": "Ada", "total": "1"}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403


def test_unknown_commands_name_the_known_ones(shop):
    answer = shop.http.post("/commands/order.plce", json={})
    assert answer.status_code == 404 and "order.place" in answer.json()["detail"]
    assert shop.http.get("/commands/order.place").status_code == 405


@pytest.mark.parametrize("namespace", ["/", "/orders", "/collections/orders"])
def test_commands_over_socket_io(shop, namespace):
    async def test():
        async with AsyncClient(shop, namespaces=namespace) as client:
            data = {"order": "7", "customer": "Ada", "total": 3}
            assert await client.io.call("order.place", (data, {"id": "one"}), namespace=namespace) == {"offset": 1}
            assert await client.io.call("order.place", (data, {"id": "one"}), namespace=namespace) == {"offset": 1}
            refused = await client.io.call("order.pay", {"order": "7", "amount": "3"}, namespace=namespace)
            assert refused["error"]["code"] == "schema" and refused["error"]["field"] == "/amount"
            assert (await client.io.call("order.place", data, namespace=namespace))["error"]["code"] == "exists"

    run(test())


def test_commands_over_a_plain_websocket(shop):
    with Socket(shop) as socket:
        assert socket.command("order.place", order="7", customer="Ada", total=3)["offset"] == 1
        assert socket.command("order.place", order="7", customer="Ada", total=3)["error"]["code"] == "exists"


def test_socket_io_follows_a_collection_and_recovers(shop):
    async def test():
        namespace = "/collections/orders"
        place(shop, "1")
        async with AsyncClient(shop, namespaces=namespace, auth={"where": {"status": "placed"}}) as client:
            assert (await client.next(namespace))[0] == "replayed"
            place(shop, "2")
            name, message, position = await client.next(namespace)
            assert name == "changes" and [op["key"] for op in message["ops"]] == ["2"] and position == shop.position(2)
            shop.http.post("/commands/order.pay", json={"order": "1", "amount": 1})
            name, message, position = await client.next(namespace)
            assert message["ops"] == [{"op": "remove", "key": "1"}] and message["offset"] == 3

    run(test())


# Schemas on every way in

BAD = {"topic": "orders/7", "type": "order.paid", "data": {"amount": "1"}}


def test_appends_over_http_are_checked(shop):
    answer = shop.http.post("/api/events", json=BAD)
    assert answer.status_code == 422 and answer.json()["code"] == "schema" and answer.json()["field"] == "/data/amount"
    answer = shop.http.post("/api/events", json=[{**BAD, "data": {"amount": 1}}, BAD])
    assert answer.status_code == 422 and "[1]" in answer.json()["field"] and "/data/amount" in answer.json()["field"]
    assert shop.http.post("/api/events", json={**BAD, "type": "order.placed"}).json()["code"] == "command-only"
    assert shop.http.post("/api/events", json={**BAD, "type": "order.lost"}).json()["code"] == "undeclared"
    assert shop.head == 0
    assert shop.http.post("/api/events", json={**BAD, "data": {"amount": 1}}).status_code == 201
    assert shop.http.post("/api/events", json={"topic": "elsewhere", "type": "order.paid", "data": 1}).status_code == 201


def test_appends_of_the_command_line_are_checked_with_and_without_a_server(shop):
    for running in [True, False]:
        if not running:
            assert shop.stop() == 0
        bad = shop.tool("append", "--topic", "orders/7", "--type", "order.paid", '{"amount":"1"}')
        assert bad.returncode != 0 and "/amount" in bad.stderr, bad.stderr
        only = shop.tool("append", "--topic", "orders/7", "--type", "order.placed", "{}")
        assert only.returncode != 0 and "order.place" in only.stderr
        good = shop.tool("append", "--topic", "orders/7", "--type", "order.paid", '{"amount":1}')
        assert good.returncode == 0, good.stderr


def test_imports_are_checked(shop):
    assert shop.stop() == 0
    good = {"topic": "orders/7", "type": "order.placed", "source": "x", "time": "2026-01-02T03:04:05Z", "data": {"customer": "Ada", "total": 1}}
    lines = [json.dumps(good), json.dumps({**BAD, "source": "x", "time": "2026-01-02T03:04:06Z"})]
    for option in ["--dry-run", "--no-ids"]:
        result = shop.tool("import", "--no-ids", *({option} - {"--no-ids"}), "-", input="\n".join(lines) + "\n")
        assert result.returncode != 0 and "2" in result.stderr and "/data/amount" in result.stderr, result.stderr
    result = shop.tool("import", "--no-ids", "-", input=lines[0] + "\n")
    assert result.returncode == 0, result.stderr
    shop.start()
    assert row(shop, "7")["customer"] == "Ada"


# Pages

def test_a_page_shows_the_rows_and_its_position(shop):
    for number in range(3):
        place(shop, str(number), total=number, customer="<b>")
    page = shop.http.get("/orders").text
    assert f'data-position="{shop.position(3)}"' in page and '<b id="total">3</b>' in page
    assert page.index('data-key="2"') < page.index('data-key="1"') < page.index('data-key="0"')
    assert "&lt;b&gt;: 2, placed" in page
    assert 'data-key' not in shop.http.get("/orders", params={"status": "paid"}).text
    assert 'data-key="2"' not in shop.http.get("/orders", params={"at": 2}).text
    css = shop.http.get("/assets/shop.css")
    assert css.status_code == 200 and css.headers["content-type"].startswith("text/css")


def test_development_reads_every_file_again(serve):  # noqa: F811
    server = serve(SHOP, "--development", files=FILES)
    place(server, "7")
    changed = json.loads(json.dumps(SHOP))
    changed["collections"]["orders"]["on"]["order.placed"]["put"]["country"] = "=ES"
    with CollectionStream(server, "orders") as stream:
        messages = stream.messages()
        assert next(messages)["type"] == "replayed"
        (server.folder / "app.json").write_text("{")
        eventually(lambda: "app.json:1:2" in server.stderr, "the fault is logged")
        assert row(server, "7").get("country") is None
        (server.folder / "app.json").write_text(json.dumps(changed))
        eventually(lambda: row(server, "7").get("country") == "ES", "the new definition")
        assert next(messages)["type"] == "reset"
    (server.folder / "views/orders.handlebars").write_text("new page")
    eventually(lambda: "new page" in server.http.get("/orders").text, "the new template")


def test_a_reader_of_an_earlier_definition_is_reset(serve):  # noqa: F811
    server = serve(SHOP, files=FILES)
    place(server, "7")
    position = server.position(1)
    changed = json.loads(json.dumps(SHOP))
    changed["collections"]["orders"]["on"]["order.placed"]["put"]["country"] = "=ES"
    assert server.stop() == 0
    write(server.folder, changed)
    server.start()
    with CollectionStream(server, "orders", position=position) as stream:
        messages = stream.messages()
        assert next(messages)["reason"] == "definition"
        assert next(messages)["ops"][0]["value"]["country"] == "ES"


# The API of rows

@pytest.mark.parametrize("query, field", [
    ("where[colour]=red", "where[colour]"), ("where[status][like]=x", "where[status]"), ("where=placed", "where"), ("sort=colour", "sort"),
    ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("after=nonsense", "after"), ("at=soon", "at"), ("srot=total", "srot"),
])
def test_a_wrong_parameter_is_named(shop, query, field):
    answer = shop.http.get(f"/api/collections/orders?{query}")
    assert answer.status_code == 400 and answer.json()["field"] == field, answer.text


def test_rows_have_tags_and_past_states(shop):
    place(shop, "7")
    page = shop.http.get("/api/collections/orders")
    assert shop.http.get("/api/collections/orders", headers={"If-None-Match": page.headers["etag"]}).status_code == 304
    one = shop.http.get("/api/collections/orders/7")
    shop.append({"type": "other"})
    assert shop.http.get("/api/collections/orders/7", headers={"If-None-Match": one.headers["etag"]}).status_code == 304
    shop.http.post("/commands/order.pay", json={"order": "7", "amount": 1})
    assert shop.http.get("/api/collections/orders/7", headers={"If-None-Match": one.headers["etag"]}).status_code == 200
    assert parse(shop.http.get("/api/collections/orders/7", params={"at": 1}).text)["value"]["status"] == "placed"
    assert shop.http.get("/api/collections/orders/8").status_code == 404
    unknown = shop.http.get("/api/collections/order")
    assert unknown.status_code == 404 and "orders" in unknown.json()["detail"]
    assert shop.http.get("/api/state/customers").json()["state"]["rows"]["Ada"]["orders"] == 1


def test_the_inspector_shows_each_collection(shop):
    place(shop, "7")
    page = shop.http.get("/log", params={"at": "1", "state": "customers"})
    assert page.status_code == 200 and "Ada" in page.text and "customers" in page.text


# app new and app check

def test_the_example_works(tmp_path, make_server):
    folder = tmp_path / "new" / "shop"
    made = tool("app", "new", folder)
    assert made.returncode == 0, made.stderr
    assert "serve --app" in made.stdout
    checked = tool("app", "check", folder)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    again = tool("app", "new", folder)
    assert again.returncode != 0 and "is not empty" in again.stderr
    server = make_server("--app", str(folder))
    assert server.http.get("/orders").status_code == 200
    assert server.http.get("/").status_code == 200


BROKEN = {
    "not-json": ({"app.json": "{\n  \"topics\": {,}\n}"}, ["app.json:2:14: "]),
    "trailing-comma": ({"app.json": '{\n  "topics": {},\n}'}, ["app.json:2:15: ", "remove the comma"]),
    "missing-comma": ({"app.json": '{\n  "topics": {}\n  "pages": {}\n}'}, ["app.json:3:3: ", "write a comma before it"]),
    "single-quotes": ({"app.json": "{\n  'topics': {}\n}"}, ["app.json:2:3: ", "double quotes"]),
    "comment": ({"app.json": '{\n  // the topics\n  "topics": {}\n}'}, ["app.json:2:3: ", "no comments"]),
    "unquoted": ({"app.json": '{\n  topics: {}\n}'}, ["app.json:2:3: ", "write the name in double quotes"]),
    "partial-of-itself": ({"app.json": "{}", "views/partials/a.handlebars": "x\n{{> a}}"}, ["views/partials/a.handlebars:2:1: ", "always includes itself: a → a", "{{#if}}"]),
    "partials-in-a-circle": ({"app.json": "{}", "views/layouts/shop.handlebars": "{{> a}}{{{body}}}", "views/partials/a.handlebars": "{{> b}}", "views/partials/b.handlebars": "<p>{{> a}}</p>"}, ["views/partials/b.handlebars:1:4: ", "a → b → a"]),
    "pattern-states": (
        {"app.json": "{}", **{f"schemas/{number:02}.json": '{"pattern": "^a{1990}$"}' for number in range(60)}}, ["schemas/50.json:1:13: ", "100000 states together"]),
    "schemas-of-references": (
        {"app.json": json.dumps({"topics": {"t": {f"e{number}": {"schema": {"$ref": "schemas/a.json"}} for number in range(100)}}}),
         "schemas/a.json": json.dumps({"properties": {f"p{number}": True for number in range(9000)}})}, ["schemas/a.json:1:", "more than 100000 schemas"]),
    "no-app": ({}, ["app.json: "]),
    "unknown-key": ({"app.json": '{\n  "colections": {}\n}'}, ["app.json:2:3: ", "collections"]),
    "unknown-operation": ({"app.json": '{"collections": {"a": {"from": "a", "key": "data.k", "on": {"x": {"putt": {}}}}}}'}, ["app.json:1:67: ", "put"]),
    "cycle": ({"app.json": '{"collections": {"a": {"of": "b", "by": "x", "fields": {"x": "count"}}, "b": {"of": "a", "by": "x", "fields": {"x": "count"}}}}'}, ["app.json:1:30: ", "a of b of a"]),
    "reserved-route": ({"app.json": '{"pages": {"/api/x": {"template": "x"}}}', "views/x.handlebars": ""}, ["app.json:1:12: ", "/api"]),
    "reserved-namespace": ({"app.json": '{"topics": {"collections/{x}": {}}}'}, ["app.json:1:13: ", "collections"]),
    "no-template": ({"app.json": '{"pages": {"/x": {"template": "x"}}}'}, ["app.json:1:31: ", "views/x.handlebars"]),
    "schema-keyword": ({"app.json": '{"topics": {"a": {"x": {"schema": "schemas/x.json"}}}}', "schemas/x.json": '{\n "if": {}\n}'}, ["schemas/x.json:2:2: ", "if"]),
    "no-schema": ({"app.json": '{"topics": {"a": {"x": {"schema": "schemas/y.json"}}}}'}, ["app.json:1:35: ", "schemas/y.json"]),
    "pattern": ({"app.json": '{"topics": {"a": {"x": {"schema": {"pattern": "(a"}}}}}'}, ["app.json:1:47: "]),
    "backreference": ({"app.json": '{"topics": {"a": {"x": {"schema": {"pattern": "(a)\\\\1"}}}}}'}, ["app.json:1:47: "]),
    "unknown-collection": ({"app.json": '{"commands": {"c": {"topic": "a/{x}", "event": "e", "unless": "nobody"}}}'}, ["app.json:1:63: ", "nobody"]),
    "unknown-field": ({"app.json": '{"collections": {"a": {"from": "a", "key": "data.k", "on": {"x": {"put": {"f": 1}}}, "index": ["g"]}}}'}, ["app.json:1:96: ", "g"]),
    "two-faults": ({"app.json": '{\n  "x": 1,\n  "y": 2\n}'}, ["app.json:2:3: ", "app.json:3:3: "]),
    "repeated": ({"app.json": '{\n  "topics": {},\n  "topics": {}\n}'}, ["app.json:3:3: ", "topics"]),
    "placeholder": ({"app.json": '{"topics": {"a/{x}": {}}, "collections": {"a": {"from": "a/*", "key": "topic.y", "on": {}}}}'}, ["app.json:1:71: ", "the names are x"]),
    "keep": ({"app.json": '{"collections": {"a": {"from": "a", "key": "data.k", "on": {"x": {"push": {"f": 1, "keep": 5000}}}}}}'}, ["app.json:1:92: ", "1000"]),
    "deep": ({"app.json": '{"topics": ' * 100 + "1" + "}" * 100}, ["app.json:1:", "64"]),
    "template-fault": ({"app.json": '{"pages": {"/x": {"template": "x"}}}', "views/x.handlebars": "\n{{#if}"}, ["views/x.handlebars:2:"]),
    "two-templates-of-a-topic": ({"app.json": '{"topics": {"a/{x}": {}, "a/{y}": {}}}'}, ["app.json:1:26: "]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_every_fault_of_a_broken_folder_is_reported_with_its_place(tmp_path, name):
    files, expected = BROKEN[name]
    folder = tmp_path / "app"
    folder.mkdir()
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    result = tool("app", "check", folder)
    assert result.returncode == 1, result.stdout + result.stderr
    for text in expected:
        assert text in result.stdout, result.stdout
    assert "Fatal" not in result.stderr and result.stderr.count("\n") <= 1


def test_serve_reports_the_same_faults_and_leaves_no_log(serve, tmp_path):  # noqa: F811
    with pytest.raises(NotServing) as error:
        serve({"colections": {}, "topics": 1})
    assert "app.json:1:2: " in error.value.stderr and "topics" in error.value.stderr
    assert not list(tmp_path.glob("server-*/log/data.mdb"))


def test_check_counts_the_operations_that_a_log_would_skip(shop, tmp_path):
    place(shop, "7")
    shop.append({"topic": "orders/7", "type": "order.paid", "data": {"amount": 1}})
    stricter = json.loads(json.dumps(SHOP))
    stricter["collections"]["orders"]["on"]["order.paid"]["set"]["by"] = "data.note"
    write(tmp_path / "stricter", stricter, FILES)
    result = tool("app", "check", tmp_path / "stricter", "--data", shop.data, "--json")
    assert result.returncode == 0, result.stdout + result.stderr
    text = json.dumps(json.loads(result.stdout))
    assert "order.paid" in text and "skipped" in text
    shown = tool("app", "check", tmp_path / "stricter", "--data", shop.data).stdout
    assert "order.paid" in shown and "set" in shown


def test_app_bare_and_a_missing_folder_are_refused(tmp_path):
    both = tool("serve", "--app", tmp_path, "--bare", "--data", tmp_path / "log")
    assert both.returncode != 0 and "--bare" in both.stderr
    missing = tool("serve", "--app", tmp_path / "nowhere", "--data", tmp_path / "log")
    assert missing.returncode != 0 and "nowhere" in missing.stderr and "app new" in missing.stderr


# Hostile values

HOSTILE = ["", " ", "../../etc/passwd", "<script>", "{{x}}", "\u202e", "a" * 512, "ü" * 100, "~1~0", "%2f", "null", "__proto__", "'; --", "\U0001f600"]


@pytest.mark.parametrize("key", HOSTILE[1:])
def test_hostile_keys_pass_through_unharmed(serve, key):  # noqa: F811
    server = serve({"collections": {"things": {"from": "things", "key": "data.key", "on": {"put": {"put": {"value": "data.value"}}}}}})
    server.append({"topic": "things", "type": "put", "data": {"key": key, "value": {key: [key]}}})
    page = server.http.get("/api/collections/things").json()
    assert page["rows"] == [{"key": key, "value": {"value": {key: [key]}}}]
    answer = httpx.get(server.url + "/api/collections/things/" + "".join(f"%{byte:02x}" for byte in key.encode()), timeout=PATIENCE)
    assert answer.status_code == 200 and answer.json()["key"] == key
    with CollectionStream(server, "things", position=server.position(0)) as stream:
        reader = Reader()
        stream.apply_until_replayed(reader)
        assert reader.order == [key]


def test_a_catastrophic_pattern_costs_no_more_than_its_text(serve):  # noqa: F811
    server = serve({"topics": {"a": {"x": {"schema": {"type": "string", "pattern": "^(a+)+$"}}}}})
    answer = server.http.post("/api/events", json={"topic": "a", "type": "x", "data": "a" * 60_000 + "!"})
    assert answer.status_code == 422
