"""Clients that connect, upgrade, disconnect, stall and disappear: afterwards the server uses no more resources than before.

BITACORA_SOAK_SECONDS and BITACORA_SOAK_SOCKETS make it longer and larger: 180 and 2000 is a good night.
"""

import asyncio
import contextlib
import json
import os
import resource
import threading
import time
from pathlib import Path

import pytest

from bitacora import PATIENCE, eventually
from engineio_raw import target
from socketio_scenario import make_scenario  # noqa: F401
from socketio_stock import HTTP, Lost, Polling, Stock, WebSocket

SECONDS = float(os.environ.get("BITACORA_SOAK_SECONDS", 12))
SOCKETS = int(os.environ.get("BITACORA_SOAK_SOCKETS", 300))
# What one Python process can receive, in events times sockets per second.
DELIVERIES = 3000
KINDS = ["polling", "websocket", "upgraded"]
GROWTH = 24 << 20


def descriptors(server):
    return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))


def memory(server):
    """Anonymous memory, in bytes: pages of the log's map belong to the file."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("RssAnon"))


class Crowd:
    """Tasks that each run one client after the other until the end of the time."""

    def __init__(self, server, seed, live):
        self.server, self.random, self.live = server, seed, live
        self.deadline = None
        self.acts = {}

    async def run(self, count):
        self.deadline = time.monotonic() + SECONDS / 2
        results = await asyncio.gather(*(self._again(number) for number in range(count)), return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        assert failures == [], failures[:3]
        return results

    async def _again(self, number):
        await asyncio.sleep(self.random.uniform(0, min(5, SECONDS / 8)))
        return await self.live(self, number)

    @property
    def is_over(self):
        return time.monotonic() > self.deadline

    def count(self, act):
        self.acts[act] = self.acts.get(act, 0) + 1

    def moment(self):
        return min(self.random.expovariate(1), 5)


# Connections that never become clients.

async def handshake_only(crowd):
    """A session that is never used, over polling: it exists until its ping is due."""
    transport = crowd.random.choice([Polling, WebSocket])(crowd.server)
    await transport.open()
    transport.abort()


async def candidate_that_dies(crowd):
    transport = Polling(crowd.server)
    await transport.open()
    candidate = WebSocket(crowd.server, transport.query["sid"])
    await candidate.open()
    if crowd.random.random() < 0.7:
        await candidate.send("2probe")
    if crowd.random.random() < 0.5:
        await candidate.receive()
    if crowd.random.random() < 0.5:
        await candidate.send("5")
    candidate.abort()
    transport.abort()


async def poll_that_is_cut(crowd):
    transport = Polling(crowd.server)
    await transport.open()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(transport.receive(), 0.05)
    transport.abort()


async def half_a_request(crowd):
    http = HTTP(crowd.server)
    http.reader, http.writer = await asyncio.open_connection("127.0.0.1", crowd.server.port)
    request = f"POST {target(transport='polling', sid='x' * 20)} HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n40".encode()
    http.writer.write(request[:crowd.random.randrange(1, len(request))])
    await http.writer.drain()
    http.close()


async def garbage(crowd):
    transport = crowd.random.choice([Polling, WebSocket])(crowd.server)
    await transport.open()
    await transport.send(crowd.random.choice(["40", "40/nowhere,"]), crowd.random.choice(["42{}", "47", "2", "451-", "40"]))
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(transport.receive(), 0.2)
    transport.abort()


STRANGERS = [handshake_only, candidate_that_dies, poll_that_is_cut, half_a_request, garbage]


async def stranger(crowd, number):
    while not crowd.is_over:
        act = crowd.random.choice(STRANGERS)
        with contextlib.suppress(Lost, OSError):
            await act(crowd)
        crowd.count(act.__name__)
        await asyncio.sleep(crowd.moment())


# Subscribers of the log.

async def subscriber(crowd, number):
    """Follows the log over many connections, then to its end; each resumes where the last one ended."""
    if number % 5 == 4:
        return await stranger(crowd, number)
    client = Stock(crowd.server, KINDS[number % 3], recovers=number % 10 != 0)
    while not crowd.is_over:
        try:
            await client.connect()
            await client.follow_for(crowd.moment())
            act = crowd.random.choice(["leave", "vanish", "stall", "stay"])
            crowd.count(act)
            if act == "stall":
                await asyncio.sleep(crowd.moment())
            if act == "leave":
                await client.leave()
            else:
                if act != "vanish":
                    await client.follow_for(crowd.moment())
                client.vanish()
        except Lost:
            client.vanish()
            crowd.count("lost")
        await asyncio.sleep(0.02)
    return client


async def follow_to_the_end(client, last):
    while client.seen < last:
        with contextlib.suppress(Lost):
            await client.connect()
            await client.follow(last)
        client.vanish()


class Producer(threading.Thread):
    """Appends at the pace that the subscribers can take."""

    def __init__(self, server, pace):
        super().__init__(daemon=True)
        self.server, self.pause = server, 1 / pace
        self.stopping = threading.Event()

    def run(self):
        number = 0
        while not self.stopping.wait(self.pause):
            number += 1
            self.server.append({"type": "x", "data": "x" * (20_000 if number % 20 == 0 else number % 500)})


@pytest.fixture(autouse=True)
def enough_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.alone
@pytest.mark.timeout(SECONDS * 4 + 120)
def test_the_log_serves_many_changing_clients_without_leaks(server, seed):
    server.append_numbers(200)
    asyncio.run(warm_up(server))
    before = descriptors(server)
    memory_before = memory(server)
    crowd = Crowd(server, seed, subscriber)
    producer = Producer(server, max(1, DELIVERIES / SOCKETS))
    producer.start()

    async def soak():
        clients = [client for client in await crowd.run(SOCKETS) if client]
        producer.stopping.set()
        await asyncio.to_thread(producer.join)
        server.append({"type": "last"})
        last = server.head
        await asyncio.gather(*(follow_to_the_end(client, last) for client in clients))
        assert {client.seen for client in clients} == {last}
        return clients, last

    clients, last = asyncio.run(soak())
    connections, recoveries = sum(client.connections for client in clients), sum(client.recoveries for client in clients)
    print(f"{last} events, {len(clients)} subscribers, {connections} connections, {recoveries} recoveries, {crowd.acts}")
    report(server, before, memory_before)
    for client in clients:
        assert client.recoveries == (client.connections - 1 if client.recovers else 0)
    assert server.stop() == 0


def report(server, descriptors_before, memory_before):
    """Descriptors are released when the last connection is closed, memory except for what allocators keep."""
    eventually(lambda: descriptors(server) <= descriptors_before + 2, "all connections are closed")
    grown = memory(server) - memory_before
    print(f"descriptors {descriptors_before} -> {descriptors(server)}, memory {memory_before >> 20} MiB, grown by {grown >> 20} MiB")
    assert grown < GROWTH + SOCKETS * (16 << 10), f"grown by {grown >> 20} MiB"


async def warm_up(server, make=Stock):
    """Creates everything that is allocated once, before the measurement."""
    async def once(kind):
        client = make(server, kind)
        with contextlib.suppress(Lost):  # a busy machine is late with its packets
            await client.connect()
            await client.follow_for(0.3)
        client.vanish()

    await asyncio.gather(*(once(kind) for kind in KINDS for _ in range(max(10, SOCKETS // 6))))


# The library without a log: the server reports its number of sockets.

async def member(crowd, number):
    if number % 5 == 4:
        return await stranger(crowd, number)
    while not crowd.is_over:
        kind = KINDS[number % 3]
        client = Member(crowd.server, kind)
        with contextlib.suppress(Lost):
            await client.connect()
            await client.transport.send('42["join","room"]', '42["broadcast","hello"]' if crowd.random.random() < 0.02 else '42["echo"]')
            await client.follow_for(crowd.moment())
            await client.transport.send('421["echo"]')
            if crowd.random.random() < 0.5:
                await client.leave()
        client.vanish()
        crowd.count(kind)


class Member(Stock):
    """A client of the scenario server: it only has to get well-formed packets."""

    def _auth(self):
        return {}

    async def _take(self, packet):
        if packet[:2] == "43":
            json.loads(packet[packet.index("["):])
        else:
            await super()._take(packet)

    def _event(self, event):
        assert event[0] in ("auth", "broadcast-message"), event


async def wait_until_alone(sockets):
    """Returns when the asking client is the last one."""
    deadline = time.monotonic() + PATIENCE
    while (left := await sockets()) != 1:
        assert time.monotonic() < deadline, f"{left} sockets are left"


class Asking:
    """Requests the number of sockets, including its own; reconnects if it missed its heartbeat."""

    def __init__(self, server):
        self.server = server
        self.transport = None

    async def sockets(self):
        while True:
            with contextlib.suppress(Lost):
                return await self._ask()
            self.transport.abort()
            self.transport = None

    async def _ask(self):
        if not self.transport:
            self.transport = WebSocket(self.server)
            await self.transport.open()
            await self.transport.send("40")
        await self.transport.send('429["fetch",""]')
        while not (packet := await self.transport.receive()).startswith("439"):
            if packet == "2":
                await self.transport.send("3")
        return json.loads(packet[3:])[0]


@pytest.mark.alone
@pytest.mark.timeout(SECONDS * 4 + 120)
def test_the_library_has_no_sockets_after_all_clients_disconnected(make_scenario, seed):
    # Sessions that are never used end soon; clients on a busy machine still answer in time.
    server = make_scenario(ping_interval=1500, ping_timeout=4000, connect_timeout=3000)
    crowd = Crowd(server, seed, member)

    async def soak():
        asking = Asking(server)
        sockets = asking.sockets
        await warm_up(server, Member)
        await wait_until_alone(sockets)
        before = descriptors(server), memory(server)
        keeping = asyncio.ensure_future(crowd.run(SOCKETS))
        most = 0
        while not keeping.done():
            most = max(most, await sockets())
            await asyncio.wait([keeping], timeout=0.1)
        await keeping
        await wait_until_alone(sockets)
        print(f"at most {most} sockets, {crowd.acts}")
        assert most > SOCKETS / 4
        asking.transport.abort()
        return before

    report(server, *asyncio.run(soak()))
    assert server.stop() == 0
