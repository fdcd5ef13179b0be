"""Clients that append as fast as the server answers."""

import threading

import httpx

from bitacora import PATIENCE
from readers import Socket


class Producers:
    """Threads that append until they are stopped or disconnected; `acknowledged` maps event ids to offsets.

    Half of them post over HTTP, from one event to `batch` at once, the others post messages as
    commands over a WebSocket. Every event has an id, so that unanswered events can be sent again.
    """

    def __init__(self, server, name, count=4, batch=3):
        self.server = server
        self.name = name
        self.batch = batch
        self.acknowledged = {}
        self.unanswered = []
        self.answers = 0
        self.answered = threading.Condition()
        self.stopping = threading.Event()
        self.threads = [
            threading.Thread(target=self._run, args=(self._post if index % 2 else self._command, index), daemon=True)
            for index in range(count)
        ]
        for thread in self.threads:
            thread.start()

    def wait_for_answers(self, count, patience=PATIENCE):
        """Waits until the server has answered that many more requests."""
        with self.answered:
            target = self.answers + count
            assert self.answered.wait_for(lambda: self.answers >= target, patience), f"{self.answers} answers, {target} expected"

    def _count(self):
        with self.answered:
            self.answers += 1
            self.answered.notify_all()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(2 * PATIENCE)  # more than each of its requests waits
            assert not thread.is_alive()

    def _run(self, produce, index):
        try:
            produce(index)
        except Exception:
            pass  # cut off, as intended: what counts is what was acknowledged before

    def _numbers(self):
        number = 0
        while not self.stopping.is_set():
            yield number
            number += 1

    def _post(self, index):
        with httpx.Client(base_url=self.server.url, timeout=PATIENCE) as http:
            for number in self._numbers():
                ids = [f"{self.name}-{index}-{number}-{part}" for part in range(1 + number % self.batch)]
                events = [{"topic": f"t/{index}", "type": "x", "data": id, "id": id} for id in ids]
                self.unanswered.append(events)
                answer = http.post("/api/events", json=events)
                if answer.status_code == 201:
                    self.unanswered.remove(events)
                    self.acknowledged.update(zip(ids, answer.json()["offsets"]))
                self._count()

    def _command(self, index):
        with Socket(self.server, after="live", topics="nothing") as socket:
            for number in self._numbers():
                id = f"{self.name}-{index}-{number}"
                socket.send(command="message.post", data={"text": id}, id=id, ref=id)
                answer = next(message for message in socket if message["type"] == "ack")
                assert answer["ref"] == id
                if "offset" in answer:
                    self.acknowledged[id] = answer["offset"]
                self._count()
