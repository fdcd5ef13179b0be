"""kill -9 at any moment: nothing acknowledged is lost, nothing is stored twice."""

import threading

import pytest

from bitacora import CAMPAIGN, PATIENCE, verified_head
from producers import Producers
from readers import Socket, Stream, until_replayed

ROUNDS = 1000 if CAMPAIGN else 60


class Follower:
    """A client during all rounds: it resumes from its position, and must not miss or repeat events."""

    def __init__(self, kind):
        self.kind = kind
        self.seen = 0
        self.position = None
        self.failure = None
        self.thread = None

    def follow(self, server):
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(server, ready), daemon=True)
        self.thread.start()
        return ready

    def _run(self, server, ready):
        try:
            arguments = {"after": self.position} if self.position else {}
            if self.kind is Stream and self.position:
                arguments = {"last_id": self.position}
            with self.kind(server, **arguments) as reader:
                for message in reader:
                    if "topic" not in message:
                        assert message["type"] == "replayed", message
                        ready.set()
                        continue
                    assert message["offset"] == self.seen + 1, f"{message['offset']} after {self.seen}"
                    self.seen += 1
                    self.position = f"{server.log}:{self.seen}"
        except AssertionError as error:
            self.failure = error
        except Exception:
            pass  # the server was killed, as intended
        ready.set()


@pytest.mark.long
@pytest.mark.timeout(20 * ROUNDS)
def test_kills_lose_and_repeat_nothing(server, seed):
    acknowledged = {}
    unanswered = []
    followers = [Follower(Socket), Follower(Stream)]
    server.log = server.log_id
    for round in range(ROUNDS):
        ready = [follower.follow(server) for follower in followers]
        if round % 10 == 0:
            for event in ready:
                assert event.wait(PATIENCE)
        producers = Producers(server, f"r{round}")
        # Retries of unanswered appends of the last round: each event is in the log once.
        for events in unanswered:
            answer = server.http.post("/api/events", json=events)
            assert answer.status_code == 201, answer.text
            acknowledged.update(zip((event["id"] for event in events), answer.json()["offsets"]))
        producers.wait_for_answers(seed.randrange(0, 150))  # the random moment
        server.kill9()
        producers.stop()
        for follower in followers:
            follower.thread.join(PATIENCE)
            assert not follower.thread.is_alive()
            assert not follower.failure, follower.failure
        assert not acknowledged.keys() & producers.acknowledged.keys()
        acknowledged.update(producers.acknowledged)
        unanswered = producers.unanswered
        if round % 10 == 9:
            assert verified_head(server.data) >= max(acknowledged.values(), default=0)
        server.start()
        newest = list(producers.acknowledged.items())[-20:]
        for id, offset in newest:
            assert server.http.get(f"/api/events/{offset}").json()["id"] == id
        # A reader is never ahead of what is durable.
        assert max(follower.seen for follower in followers) <= server.head
    check_all(server, acknowledged, followers)


def check_all(server, acknowledged, followers):
    with Socket(server) as socket:
        events, _ = until_replayed(socket)
    head = len(events)
    assert [event["offset"] for event in events] == list(range(1, head + 1))
    places = {event["id"]: event["offset"] for event in events if event["id"]}
    assert len(places) == sum(1 for event in events if event["id"]), "an id is in the log twice"
    assert acknowledged.items() <= places.items()
    for follower in followers:
        with follower.kind(server, after=follower.position) as reader:
            rest, _ = until_replayed(reader)
        assert [event["offset"] for event in rest] == list(range(follower.seen + 1, head + 1))
    assert server.stop() == 0
    assert verified_head(server.data) == head
    print(f"{head} events, {len(acknowledged)} acknowledged, {ROUNDS} kills")
    assert len(acknowledged) > ROUNDS * 10
