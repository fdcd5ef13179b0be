"""What clients send to an application in a folder: forms, addresses and handshakes that are not valid, and the command of `app new`."""

import asyncio
import json
import subprocess

import pytest
import socketio

from bitacora import EXECUTABLE
from raw import Wire
from socketio_python import run
from test_applications import place, shop  # noqa: F401
from test_collections import serve, write  # noqa: F401


@pytest.mark.parametrize("form, field, text", [
    (b"order=1&customer=x%&total=1", "customer", "'%'"), (b"order=%zz&customer=x&total=1", "order", "'%zz'"),
    (b"order=1&customer=%ff&total=1", "customer", "'%ff', which is not UTF-8"), (b"order=1&customer=\xff&total=1", None, "not UTF-8"),
    (b"order=1&%q=x", None, "the name of a field has '%q'"),
])
def test_a_form_that_cannot_be_decoded_is_refused(shop, form, field, text):  # noqa: F811
    answer = shop.http.post("/commands/order.place", content=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 400 and answer.json().get("field") == field and text in answer.json()["detail"], answer.text
    assert shop.head == 0


def test_a_form_with_too_many_fields_is_refused(shop):  # noqa: F811
    def send(count):
        form = "order=1&customer=Ada&total=1" + "&note=x" * (count - 3)
        return shop.http.post("/commands/order.place", content=form, headers={"Content-Type": "application/x-www-form-urlencoded"})

    refused = send(10_001)
    assert refused.status_code == 413 and "10000 fields" in refused.json()["detail"], refused.text
    assert send(10_000).status_code in (303, 422)


@pytest.mark.parametrize("path", ["/orders?status=%zz", "/api/collections/orders?where[status]=%ff", "/api/collections/orders/%c3", "/api/events?topics=x%", "/log?grep=%", "/nothing/%zz"])
@pytest.mark.parametrize("accept", ["*/*", "text/event-stream", "text/html"])
def test_an_address_that_cannot_be_decoded_is_refused(shop, path, accept):  # noqa: F811
    with Wire(shop) as wire:
        wire.request("GET", path, [("Accept", accept)])
        status, _, body = wire.response()
        assert status == 400 and (b"not a percent escape" in body or b"not UTF-8" in body), body


def test_empty_levels_of_a_path_are_ignored_everywhere(shop):  # noqa: F811
    for number, path in enumerate(["/commands/order.place/", "//commands//order.place"]):
        with Wire(shop) as wire:
            body = json.dumps({"order": str(number), "customer": "Ada", "total": 1}).encode()
            wire.request("POST", path, [("Content-Type", "application/json")], body)
            assert wire.response()[0] == 201
    for path in ["/orders/", "/api/collections/orders/", "/api/events/", "/api/log/", "/log/", "/healthz/"]:
        assert shop.http.get(path).status_code == 200, path
    for path in ["/api/events/", "/api/collections/orders/"]:
        with shop.http.stream("GET", path, headers={"Accept": "text/event-stream"}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream"), path


@pytest.mark.parametrize("accept, page", [("text/html,*/*;q=0.8", True), ("*/*", False), ("application/json", False), ("text/html;q=0.5,application/json", False)])
def test_a_refused_form_is_a_page_for_clients_that_name_html(shop, accept, page):  # noqa: F811
    answer = shop.http.post("/commands/order.pay", data={"order": "9", "amount": "1"}, headers={"Accept": accept})
    assert answer.status_code == 404 and "Accept" in answer.headers["vary"].split(", ")
    assert answer.headers["content-type"] == ("text/html; charset=utf-8" if page else "application/problem+json")


@pytest.mark.parametrize("path", ["/orders", "/api/collections/orders", "/api/collections/orders/7", "/api/state/customers"])
def test_an_empty_moment_is_the_newest_state_everywhere(shop, path):  # noqa: F811
    place(shop, "7")
    assert shop.http.get(path, params={"at": ""}).text == shop.http.get(path).text
    assert shop.http.get(path, params={"at": "1"}).status_code == 200
    assert shop.http.get(path, params={"at": " "}).status_code == 400
    assert shop.http.get(path, params={"at": "2"}).status_code == 404


def test_a_recursive_partial_ends_with_its_data_or_with_an_error(serve):  # noqa: F811
    tree = '<i>{{n}}</i>{{#if child}}{{#with child}}{{> tree}}{{/with}}{{/if}}'
    server = serve(
        {"collections": {"trees": {"from": "trees", "key": "data.key", "on": {"x": {"put": {"root": "data.root"}}}}},
         "pages": {"/trees/{key}": {"template": "tree", "one": "trees"}, "/loops/{key}": {"template": "loop", "one": "trees"}}},
        files={
            "views/tree.handlebars": "{{#with root}}{{> tree}}{{/with}}", "views/partials/tree.handlebars": tree,
            "views/loop.handlebars": "{{> loop}}", "views/partials/loop.handlebars": "{{#if root}}{{> loop}}{{/if}}",
        })
    node = {"n": 0}
    for number in range(1, 20):
        node = {"n": number, "child": node}
    server.append({"topic": "trees", "type": "x", "data": {"key": "a", "root": node}})
    assert server.http.get("/trees/a").text.count("<i>") == 20
    assert server.http.get("/loops/a").status_code == 500
    assert "nested more than 200 deep while rendering" in server.stderr
    assert server.http.get("/trees/a").status_code == 200


@pytest.mark.parametrize("auth, field, text", [
    ({"at": 1}, "at", "at is for pages of past rows"), ({"after": "start"}, "after", "a live reader begins at position"),
    ({"colour": "red"}, "colour", "auth takes where, sort, limit, position"), ({"where": "x"}, "where", "where must be an object"),
    ({"where": {"status": {"like": "x"}}}, "where", "where/status/like: 'like' is not a comparison"),
])
def test_socket_io_refuses_what_a_collection_does_not_have(shop, auth, field, text):  # noqa: F811
    async def test():
        namespace = "/collections/orders"
        errors = asyncio.Queue()
        client = socketio.AsyncClient(reconnection=False)
        client.on("connect_error", errors.put_nowait, namespace=namespace)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(shop.url, namespaces=[namespace], auth=auth)
        error = await errors.get()
        assert error["data"] == {"code": "invalid", "field": field}
        assert text in error["message"] and ": where must" not in error["message"], error
        await client.disconnect()

    run(test())


COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"


def test_the_rules_of_a_type_are_for_its_bytes_and_not_for_another_unicode_form(serve):  # noqa: F811
    count = {"from": "*", "key": "=all"}
    server = serve({
        "topics": {"open": {COMPOSED: {"commandOnly": True}, "na\u00efve": {"schema": "schemas/\u00e9.json"}}, "closed": {"closed": True, COMPOSED: {}}, "plain": {DECOMPOSED: {}}},
        "collections": {"composed": {**count, "on": {COMPOSED: {"count": "n"}}}, "decomposed": {**count, "on": {DECOMPOSED: {"count": "n"}}}},
    }, files={"schemas/\u00e9.json": '{"type":"object"}'})

    def append(topic, kind, data=1):
        answer = server.http.post("/api/events", json={"topic": topic, "type": kind, "data": data})
        return answer.status_code, answer.json().get("code")

    assert append("open", COMPOSED) == (422, "command-only")
    assert append("open", DECOMPOSED) == (201, None)
    assert append("open", "na\u00efve") == (422, "schema")
    assert append("open", "nai\u0308ve") == (201, None)
    assert append("closed", COMPOSED) == (201, None)
    assert append("closed", DECOMPOSED) == (422, "undeclared")
    for name in ["composed", "decomposed"]:
        assert server.http.get(f"/api/collections/{name}/all").json()["value"] == {"n": 1}
    for kind in [COMPOSED, DECOMPOSED]:
        events = server.http.get("/api/events", params={"types": kind}).json()["events"]
        assert [event["type"] for event in events] == [kind]


@pytest.mark.parametrize("definition, files, place", [
    ({"topics": {"t": {COMPOSED: {"commandOnly": True}, DECOMPOSED: {}}}}, {}, "app.json:1:"),
    ({"collections": {"c": {"from": "t", "key": "id", "on": {COMPOSED: {"put": {}}, DECOMPOSED: {"put": {}}}}}}, {}, "app.json:1:"),
    ({}, {"schemas/\u00e9.json": "true", "schemas/e\u0301.json": "false"}, "schemas/\u00e9.json: "),
    ({}, {"views/\u00e9.handlebars": "1", "views/e\u0301.handlebars": "2"}, "views/\u00e9.handlebars: "),
])
def test_two_names_that_look_the_same_are_refused(tmp_path, definition, files, place):
    write(tmp_path / "app", definition, files)
    checked = subprocess.run([EXECUTABLE, "app", "check", "app"], cwd=tmp_path, capture_output=True, text=True)
    output = checked.stdout + checked.stderr
    assert checked.returncode != 0 and "looks like an earlier name" in output, output
    # The names of a folder have no order among two forms.
    assert place in output or place.replace("\u00e9", "e\u0301") in output, output


@pytest.mark.parametrize("name", [
    "plain", "two words", "it's", '"quoted"', "$HOME `x` \\", "line\nbreak", "end\n", "\n", "tab\t", "\x1b[31mred", "-x", "~", "a;b&c|d*?[!]", "ü\u202eöd", "#", "a=b",
])
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_command_of_app_new_is_usable_in_a_shell(tmp_path, name, shell):
    made = subprocess.run([EXECUTABLE, "app", "new", "--json", "--", name], cwd=tmp_path, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    command = json.loads(made.stdout)["command"]
    script = f'bitacora() {{ cd "$3" && printf "%s " "$@"; }}\n{command}\ntest -f app.json'
    ran = subprocess.run([shell, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0 and ran.stdout.startswith("serve --app "), (command, ran)
    assert (tmp_path / name / "app.json").is_file()
    subprocess.run(["rm", "-r", "--", name], cwd=tmp_path, check=True)
    shown = subprocess.run([EXECUTABLE, "app", "new", "--", name], cwd=tmp_path, capture_output=True, text=True).stdout
    assert shown.startswith(f"Start: {command}\nOpen: http"), shown
    assert all(character == "\n" or character.isprintable() for character in shown)
