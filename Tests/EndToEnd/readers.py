"""The four transports with one interface: an iterator of parsed messages.

An event is a mapping with `topic`; `replayed` and `reset` are mappings with `type` and no `topic`.
"""

import json
from decimal import Decimal

import httpx
from websockets.sync.client import connect

from bitacora import PATIENCE


def open_websocket(url, **options):
    """An open connection that sends no pings: a test that reads nothing for a while would miss their answers."""
    return connect(
        url, compression=None, max_size=None, open_timeout=PATIENCE, ping_interval=None, legacy=True, **options)


class Socket:
    """A plain WebSocket; reads from the network only when a message is requested."""

    def __init__(self, server, raw=None, headers=None, **query):
        url = str(httpx.URL(server.socket_url, params=query))
        self.connection = open_websocket(url, sock=raw, additional_headers=headers)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __iter__(self):
        return self

    def __next__(self):
        return json.loads(self.connection.recv(PATIENCE))

    def send(self, **message):
        self.connection.send(json.dumps(message))

    def command(self, name, ref="ref", **data):
        """Sends a command and reads its answer; events before the answer are dropped."""
        self.send(command=name, data=data, ref=ref)
        return next(message for message in self if message.get("type") == "ack" and message.get("ref") == ref)

    def close(self):
        self.connection.close()


class Stream:
    """Server-Sent Events; `last_id` is what the next one would send as Last-Event-ID."""

    def __init__(self, server, last_id=None, headers=None, **query):
        self.last_id = last_id
        headers = {"Accept": "text/event-stream", **(headers or {})}
        if last_id:
            headers["Last-Event-ID"] = last_id
        self.client = httpx.Client(timeout=PATIENCE)
        request = self.client.build_request("GET", server.url + "/api/events", params=query, headers=headers)
        self.answer = self.client.send(request, stream=True)
        # Not `iter_lines`: it takes U+2028 and others for the end of a line.
        self.lines = self._lines()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __iter__(self):
        return self

    def __next__(self):
        """The fields of the next block that has data (HTML Living Standard, 9.2.6)."""
        fields = {}
        for line in self.lines:
            if not line and "data" in fields:
                self.last_id = fields.get("id", self.last_id)
                message = json.loads(fields["data"])
                assert fields.get("event", message["type"]) == message["type"]
                return message
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
        raise StopIteration

    def _lines(self):
        rest = b""
        for data in self.answer.iter_bytes():
            *lines, rest = (rest + data).split(b"\n")
            yield from (line.decode() for line in lines)

    def close(self):
        self.answer.close()
        self.client.close()


class Poll:
    """Long polling: requests the events after its position, and waits for more."""

    def __init__(self, server, after="start", wait=20, limit=1000, **query):
        self.client = httpx.Client(base_url=server.url, timeout=PATIENCE)
        self.query = {"after": after, "wait": wait, "limit": limit, **query}
        self.waiting = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __iter__(self):
        return self

    def __next__(self):
        while not self.waiting:
            answer = self.client.get("/api/events", params=self.query)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            if "reset" in page:
                self.waiting.append({"type": "reset", **page["reset"]})
            self.waiting += page["events"]
            self.query["after"] = page["next"]
        return self.waiting.pop(0)

    def close(self):
        self.client.close()


class _CollectionReader:
    """Follows the rows of a collection; `position` is where it would resume."""

    def apply_until_replayed(self, rows):
        """Applies messages up to `replayed`; the reasons of the resets on the way."""
        resets = []
        for message in self.messages():
            if message.get("type") == "replayed":
                return resets
            if message.get("type") == "reset":
                resets.append(message["reason"])
                rows.reset()
            else:
                rows.receive(message)
        raise EOFError("the reader ended before it had caught up")

    def apply_until(self, rows, condition):
        """Applies messages until a condition holds."""
        messages = self.messages()
        while not condition():
            rows.receive(next(messages))


class CollectionSocket(_CollectionReader):
    """The rows of a collection over a plain WebSocket."""

    def __init__(self, server, name, position=None, **query):
        query |= {"position": position} if position else {}
        url = str(httpx.URL(f"ws://127.0.0.1:{server.port}/api/collections/{name}", params=query))
        self.log = server.log_id
        self.position = position
        self.connection = open_websocket(url)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def messages(self):
        while True:
            message = json.loads(self.connection.recv(PATIENCE), parse_float=Decimal, parse_int=Decimal)
            self.position = message.get("position") or f"{self.log}:{message['offset']}"
            yield message


class CollectionStream(_CollectionReader):
    """The rows of a collection over an event stream, resumed with `Last-Event-ID`."""

    def __init__(self, server, name, position=None, **query):
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": position} if position else {})}
        self.position = position
        self.client = httpx.Client(timeout=PATIENCE)
        request = self.client.build_request("GET", f"{server.url}/api/collections/{name}", params=query, headers=headers)
        self.answer = self.client.send(request, stream=True)
        assert self.answer.status_code == 200, self.answer.read()
        self.bytes = self.answer.iter_bytes()
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.answer.close()
        self.client.close()

    def messages(self):
        while True:
            fields = {}
            for line in self.block():
                name, _, value = line.partition(": ")
                fields[name] = value
            if "id" in fields:
                self.position = fields["id"]
            if "data" in fields:
                message = json.loads(fields["data"], parse_float=Decimal, parse_int=Decimal)
                assert fields.get("event", "message") == message.get("type", "message")
                yield message

    def block(self):
        """The lines of the next block."""
        while b"\n\n" not in self.rest:
            self.rest += next(self.bytes)
        block, self.rest = self.rest.split(b"\n\n", 1)
        return block.decode().split("\n")


def until_replayed(reader):
    """The events up to `replayed`, and that message."""
    events = []
    for message in reader:
        if message["type"] == "replayed" and "topic" not in message:
            return events, message
        events.append(message)
    raise EOFError("the stream ended before it had caught up")


def offsets(events):
    return [event["offset"] for event in events]
