"""Two hundred clients of all kinds that connect and disconnect, constant producers, and a server that is killed: every client gets every event once and in order."""

import asyncio
import threading

import pytest

from bitacora import PATIENCE, eventually
from producers import Producers
from socketio_stock import Lost, Stock

CLIENTS = 200
KILLS = 3
# Answers to the producers in a round.
ANSWERS = 120


class Crowd(threading.Thread):
    """Runs the clients on their own loop, until each has received the last event."""

    def __init__(self, server, random):
        super().__init__(daemon=True)
        self.random = random
        kinds = ["polling", "websocket", "upgraded"]
        self.clients = [Stock(server, kinds[number % 3], recovers=number % 10 != 0) for number in range(CLIENTS)]
        self.last = None
        self.failures = []

    def run(self):
        asyncio.run(self._all())

    async def _all(self):
        results = await asyncio.gather(*map(self._live, self.clients), return_exceptions=True)
        self.failures = [result for result in results if result is not None]

    async def _live(self, client):
        await asyncio.sleep(self.random.uniform(0, 3))
        while self.last is None or client.seen < self.last:
            try:
                await client.connect()
                if self.last is not None:
                    await client.follow(self.last)
                elif await client.follow_for(self.random.uniform(0.1, 3)):
                    await (client.leave() if self.random.random() < 0.3 else self._vanish(client))
            except Lost:
                client.vanish()
                await asyncio.sleep(self.random.uniform(0.01, 0.3))  # the back-off of a client
            except BaseException:
                client.vanish()
                raise
        client.vanish()

    async def _vanish(self, client):
        client.vanish()


@pytest.mark.alone
def test_everybody_has_every_event_once_and_in_order(server, seed):
    server.append(*({"type": "history", "data": "x" * seed.randrange(500)} for _ in range(500)))
    crowd = Crowd(server, seed)
    crowd.start()
    for round in range(KILLS + 1):
        producers = Producers(server, f"r{round}", count=4, batch=40)
        eventually(lambda: all(client.connections for client in crowd.clients), "everybody has connected")
        producers.wait_for_answers(ANSWERS + seed.randrange(-60, 60))  # the random moment
        if round < KILLS:
            server.kill9()
            producers.stop()
            server.start()
    producers.stop()
    server.append({"type": "last"})
    crowd.last = server.head
    crowd.join(2 * PATIENCE)
    assert not crowd.is_alive(), sorted(client.seen for client in crowd.clients)[:5]
    assert crowd.failures == []
    assert {client.seen for client in crowd.clients} == {crowd.last}
    connections = sum(client.connections for client in crowd.clients)
    recoveries = sum(client.recoveries for client in crowd.clients)
    assert connections >= 2 * CLIENTS
    print(f"{crowd.last} events, {connections} connections, {recoveries} recoveries")
    # A client that reconnects with a pid is recovered: only its first connection is a new session.
    for client in crowd.clients:
        assert client.recoveries == (client.connections - 1 if client.recovers else 0)
        assert client.replays <= client.connections
    eventually(lambda: server.http.get("/healthz").status_code == 200, "the server answers")
