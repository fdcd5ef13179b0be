"""The log over raw Socket.IO packets: a joined namespace on any of the raw sessions."""

import json

from engineio_raw import Ended, WebSocket


class Refused(Exception):
    """The error that answers CONNECT: `message` and `data`."""

    def __init__(self, payload):
        super().__init__(payload["message"])
        self.message = payload["message"]
        self.data = payload.get("data")


class LogSocket:
    """Remembers what a stock client remembers: `pid`, and the last argument that is a string."""

    def __init__(self, server, namespace="/", kind=WebSocket, query=None, **auth):
        self.session = kind(server, **(query or {}))
        self.prefix = "" if namespace == "/" else namespace + ","
        self.calls = 0
        self.waiting = []
        self.position = auth.get("offset")
        self.session.send(f"40{self.prefix}{json.dumps(auth)}")
        # Packets before the answer are kept.
        while (packet := self.receive()).startswith("42"):
            self.waiting.append(self._event(packet))
        if packet.startswith("44"):
            self.session.close()
            raise Refused(json.loads(packet[2 + len(self.prefix):]))
        assert packet.startswith(f"40{self.prefix}{{"), packet
        self.answer = json.loads(packet[2 + len(self.prefix):])
        self.sid, self.pid = self.answer["sid"], self.answer.get("pid")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session.close()

    def __iter__(self):
        return self

    def __next__(self):
        """The next event: its name, arguments and, set apart, attachments in the place of placeholders."""
        while not self.waiting:
            self.waiting.append(self._event(self.receive()))
        return self.waiting.pop(0)

    def receive(self):
        while (packet := self.session.receive()) in ("2", "6"):
            if packet == "2":
                self.session.send("3")
        return packet

    def _event(self, packet):
        if packet.startswith("45"):
            count, rest = packet[2:].split("-", 1)
            assert rest.startswith(self.prefix), packet
            attachments = [self.session.receive() for _ in range(int(count))]
            event = filled(json.loads(rest[len(self.prefix):]), attachments)
        else:
            assert packet.startswith(f"42{self.prefix}["), packet
            event = json.loads(packet[2 + len(self.prefix):])
        if isinstance(event[-1], str) and len(event) > 1:
            self.position = event[-1]
        return event

    def until_replayed(self):
        """The events up to `replayed`, and that one's argument."""
        events = []
        for event in self:
            if event[0] == "replayed":
                return events, event[1]
            events.append(event)
        raise Ended

    def command(self, name, *arguments):
        """Sends a command; its acknowledgement. Events that come before it are kept."""
        self.calls += 1
        self.session.send(f"42{self.prefix}{self.calls}{json.dumps([name, *arguments])}")
        head = f"43{self.prefix}{self.calls}["
        while not (packet := self.receive()).startswith(head):
            self.waiting.append(self._event(packet))
        (answer,) = json.loads(packet[len(head) - 1:])
        return answer

    def memory(self):
        """The fields that a stock client adds to its `auth` when it reconnects."""
        return {} if self.pid is None else {"pid": self.pid, **({"offset": self.position} if self.position else {})}


def filled(value, attachments):
    if isinstance(value, dict):
        if value.get("_placeholder"):
            return attachments[value["num"]]
        return {name: filled(item, attachments) for name, item in value.items()}
    return [filled(item, attachments) for item in value] if isinstance(value, list) else value


def as_event(stored, server=None):
    """An event of the HTTP interface as it comes over Socket.IO; with a server, as it comes where recovery is on."""
    meta = {name: stored.get(name) for name in ["offset", "time", "topic", "id", "source"]}
    return [stored["type"], stored["data"], meta, *([server.position(stored["offset"])] if server else [])]


def offsets(events):
    return [event[2]["offset"] for event in events]
