"""The four transports with one interface: an iterator of parsed messages.

An event is a mapping with `topic`; `replayed` and `reset` are mappings with `type` and no `topic`.
"""

import json

import httpx
from websockets.sync.client import connect

PATIENCE = 30


class Socket:
    """A plain WebSocket; reads from the network only when a message is requested."""

    def __init__(self, server, raw=None, headers=None, **query):
        url = str(httpx.URL(server.socket_url, params=query))
        self.opening = connect(
            url, sock=raw, additional_headers=headers, compression=None, max_size=None, open_timeout=PATIENCE)
        self.connection = self.opening.__enter__()

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
