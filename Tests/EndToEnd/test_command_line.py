"""The command-line tools on the log of a running server show the same events and bytes."""

import json
import os
import signal
import subprocess

from bitacora import EXECUTABLE, PATIENCE, tool
from bodies import product
from readers import Socket, until_replayed


def api_lines(server, **query):
    """The events of the JSON answer as text, one per line."""
    text = server.http.get("/api/events", params=query).text
    inner = text[text.index("[") + 1:text.rindex("]")]
    decoder, place, lines = json.JSONDecoder(), 0, []
    while place < len(inner):
        end = decoder.raw_decode(inner, place)[1]
        lines.append(inner[place:end])
        place = end + 1
    return lines


def test_list_prints_the_bytes_of_the_api(server):
    server.http.post("/api/products", json=product(title="<é⚓ \\ \" \u2028>", price=1.5))
    server.http.post("/api/messages", json={"text": "hola\n"})
    server.append({"type": "x", "data": "AAEC", "encoding": "base64", "id": "i"}, {"type": "y", "data": {"b": 1, "a": 2.50}})
    result = server.tool("list", "--json")
    assert result.returncode == 0, result.stderr
    assert result.stdout.split("\n")[:-1] == api_lines(server)
    shown = server.tool("show", "3", "--json")
    assert json.loads(shown.stdout)["id"] == "i"


def test_filters_select_the_same_events_as_over_http(server):
    for topic in ["chat", "auctions/1", "auctions/2"]:
        server.append({"topic": topic, "type": "a"}, {"topic": topic, "type": "b"})
    for query in [{"topics": "auctions/*"}, {"types": "a"}, {"after": "-2"}, {"after": "3"}, {"limit": "2"}, {"topics": "**", "types": "b", "after": "-2"}]:
        options = [f"--{name}={value}" for name, value in query.items()]
        assert server.tool("list", "--json", *options).stdout.split("\n")[:-1] == api_lines(server, **query)


def test_tail_follows_the_server(server):
    server.append_numbers(20)
    with subprocess.Popen(
        [EXECUTABLE, "log", "tail", "--follow", "--json", "--data", server.data], stdout=subprocess.PIPE, text=True
    ) as tail:
        assert [json.loads(tail.stdout.readline())["offset"] for _ in range(10)] == list(range(11, 21))
        for _ in range(30):
            server.append({"type": "x"})
        assert [json.loads(tail.stdout.readline())["offset"] for _ in range(30)] == list(range(21, 51))
        # The server may be killed and restarted during this.
        server.kill9()
        server.start()
        server.append({"type": "x"})
        assert json.loads(tail.stdout.readline())["offset"] == 51
        tail.send_signal(signal.SIGINT)
        assert tail.wait(PATIENCE) == 0


def test_events_from_the_tool_reach_every_socket(server):
    with Socket(server) as socket:
        until_replayed(socket)
        result = server.tool("append", "--topic", "notes", "--type", "note.written", "--json", '{"author":"cli","text":"Hello"}')
        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout)["offset"] == 1
        event = next(socket)
        assert (event["offset"], event["data"]) == (1, {"author": "cli", "text": "Hello"})


def test_an_append_that_the_server_rejects_prints_the_servers_message(server):
    result = server.tool("append", "--topic", "a//b", "--type", "x", "1")
    assert result.returncode == 1
    assert "topic" in result.stderr
    decided = server.tool("append", "--topic", "products", "--type", "product.created", "{}")
    assert decided.returncode == 1
    assert decided.stderr.startswith("bitacora: product.created events are appended by POST /api/products")
    assert server.head == 0


def test_the_tools_work_when_the_server_has_stopped(server):
    server.append_numbers(3)
    server.stop()
    assert len(server.tool("list", "--json").stdout.splitlines()) == 3
    assert server.tool("append", "--topic", "t", "--type", "x", "1").stdout == "4\n"
    server.start()
    assert server.head == 4


def test_a_flipped_byte_anywhere_in_a_record_is_found_with_its_offset(server, seed):
    marks = [f"mark-{number}-" + "x" * 50 for number in range(100)]
    server.append(*({"type": "x", "id": mark[:8], "data": mark} for mark in marks))
    server.stop()
    file = server.data / "data.mdb"
    whole = file.read_bytes()
    for _ in range(5):
        number = seed.randrange(100)
        # Old pages may hold copies that are not used: flip all of them.
        data, place = bytearray(whole), -1
        while (place := whole.find(marks[number].encode(), place + 1)) >= 0:
            data[place + seed.randrange(10)] ^= 1
        file.write_bytes(data)
        result = server.tool("verify", "--json")
        assert result.returncode == 1
        assert json.loads(result.stdout)["problems"][0]["offset"] == number + 1
    file.write_bytes(whole)
    assert server.tool("verify").returncode == 0


def test_statistics_and_topics_match_the_server(server):
    server.append({"topic": "a", "type": "x"}, {"topic": "b", "type": "x"}, {"topic": "a", "type": "x"})
    stats = json.loads(server.tool("stats", "--json").stdout)
    assert stats["head"] == 3
    lines = [json.loads(line) for line in server.tool("topics", "--json").stdout.splitlines()]
    assert [(line["topic"], line["events"]) for line in lines] == [("a", 2), ("b", 1)]


def test_the_environment_names_the_log_of_the_server_and_of_the_tools(tmp_path):
    environment = {**os.environ, "BITACORA_DATA": f"{tmp_path}/log/"}
    with subprocess.Popen(
        [EXECUTABLE, "serve", "--port", "0"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout.readline().startswith("listening on ")
            # Through the server, which has the log open.
            assert tool("log", "append", "--topic", "t", "--type", "x", "1", env=environment).stdout == "1\n"
        finally:
            server.terminate()
        assert server.wait(PATIENCE) == 0
    assert (tmp_path / "log/data.mdb").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
