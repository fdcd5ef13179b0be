"""python-socketio, unmodified, over polling, WebSocket and the upgrade between them."""

import asyncio
import logging

import pytest

from bitacora import eventually_async
from socketio_python import TRANSPORTS, AsyncClient, SyncClient, run
from socketio_scenario import make_scenario, scenario, shared_scenario  # noqa: F401


@pytest.fixture(params=TRANSPORTS)
def transport(request):
    return request.param


def test_connect_events_and_acks(scenario, transport):
    async def test():
        async with AsyncClient(scenario, transport, auth={"token": "t"}) as client:
            assert await client.next() == ("auth", {"token": "t"})
            assert client.io.transport() == ("polling" if transport == "polling" else "websocket")
            assert await client.call("transport") == client.io.transport()
            assert await client.call("sum", 1, 2) == 3
            assert await client.call("void") is None
            assert await client.call("echo", "ñ", {"a": [1, None, True]}) == ("ñ", {"a": [1, None, True]})
            await client.io.emit("message", ("one", 2))
            assert await client.next() == ("message-back", "one", 2)
            assert (await client.call("fail-ack", "busy", "later")) == {"error": {"code": "busy", "message": "later"}}

    run(test())


def test_the_server_asks_and_waits_no_longer_than_it_said(scenario, transport):
    async def test():
        async with AsyncClient(scenario, transport) as client:
            client.answers["question"] = lambda value: {"doubled": value * 2}
            assert await client.call("ask", 21, 5000) == {"answer": {"doubled": 42}}

            async def never(_):
                await asyncio.Event().wait()
            client.io.on("question", never)
            assert await client.call("ask", 21, 100) == {"failure": "timed-out"}

    run(test())


def test_binary_both_ways(scenario, transport):
    async def test():
        async with AsyncClient(scenario, transport) as client:
            data = bytes(range(256)) * 40
            assert await client.call("binary", data) == len(data)
            assert await client.until("binary-back") == ("binary-back", data[::-1])
            assert await client.call("echo", {"a": [data, {"b": b"\x00"}]}, b"") == ({"a": [data, {"b": b"\x00"}]}, b"")

    run(test())


def test_refusal_with_data(scenario, transport):
    async def test():
        client = AsyncClient(scenario, transport, namespaces=["/", "/locked"])
        assert await client.refusal("/locked") == {"message": "not allowed", "data": {"hint": "token"}}
        async with AsyncClient(scenario, transport, namespaces=["/", "/locked"], auth={"token": "open"}) as client:
            assert await client.call("in", namespace="/locked") == "yes"

    run(test())


def test_an_unknown_namespace(scenario, transport):
    async def test():
        client = AsyncClient(scenario, transport, namespaces="/nowhere")
        assert await client.refusal("/nowhere") == {"message": "Invalid namespace"}

    run(test())


def test_namespaces_share_a_connection_and_are_left_one_by_one(scenario, transport):
    async def test():
        names = ["/", "/custom", "/dyn-1", "/fn-a"]
        async with AsyncClient(scenario, transport, namespaces=names) as client:
            assert len({client.io.get_sid(name) for name in names}) == 4
            assert await client.call("name", namespace="/dyn-1") == "/dyn-1"
            assert await client.call("name", namespace="/fn-a") == "/fn-a"
            assert await client.next("/custom") == ("auth", {})

    run(test())


def test_rooms(scenario, transport):
    async def test():
        async with AsyncClient(scenario, transport) as one, AsyncClient(scenario, "websocket") as other:
            assert sorted(await one.call("join", "room")) == sorted([one.io.get_sid(), "room"])
            await other.call("join", "room")
            await one.call("to-room", "room", "hello")
            assert await other.until("room-message") == ("room-message", "room", "hello")
            await other.call("in-room", "room", "again")
            assert await one.until("room-message") == ("room-message", "room", "again")
            await other.call("leave", "room")
            await one.call("in-room", "room", "third")
            assert await one.until("room-message") == ("room-message", "room", "third")
            assert await other.until("room-message") == ("room-message", "room", "again")
            await one.call("all", "everybody")
            assert await other.until("all-message") == ("all-message", "everybody")
            assert other.events["/"].empty()

    run(test())


def test_order_of_many(scenario, transport):
    async def test():
        async with AsyncClient(scenario, transport) as client:
            assert await client.call("order", 2000) == 2000
            assert [(await client.until("n"))[1] for _ in range(2000)] == list(range(2000))

    run(test())


def test_the_server_disconnects_and_the_client_does_not_reconnect(scenario, transport):
    async def test():
        async with AsyncClient(scenario, transport) as client:
            await client.io.emit("bye", True)
            assert (await client.until("disconnect"))[1] in ("server disconnect", "transport error")
            assert not client.io.connected

    run(test())


def test_the_client_disconnects_and_the_others_are_notified(scenario, transport):
    async def test():
        async with AsyncClient(scenario, "websocket") as watcher:
            await watcher.call("watch")
            async with AsyncClient(scenario, transport) as client:
                id = client.io.get_sid()
                await client.io.eio.queue.join()  # otherwise it sends no disconnect
                await client.io.disconnect()
                assert await client.until("disconnect") == ("disconnect", "client disconnect")
            gone = await watcher.until("gone")
            # The client may close a WebSocket before its queue is sent.
            assert gone[1] == id and gone[2] in ("client namespace disconnect", "transport close")

    run(test())


def test_the_client_reconnects_to_a_server_that_was_killed(make_scenario, transport):
    async def test():
        server = make_scenario()
        async with AsyncClient(server, transport) as client:
            first = client.io.get_sid()
            for kill in [server.kill9, server.stop]:
                assert await client.call("sum", 1, 1) == 2
                await asyncio.to_thread(kill)
                assert (await client.until("disconnect"))[1] != "client disconnect"
                server.__enter__()
                await client.until("connect")
                await eventually_async(lambda: client.io.connected, "the client is connected")
                assert await client.call("sum", 2, 2) == 4
            assert client.io.get_sid() != first

    run(test())


class Pings(logging.Handler):
    """Counts the pings in the log messages of a client, which has no event for them."""

    def __init__(self):
        super().__init__()
        self.count = 0
        self.logger = logging.Logger("pings", logging.INFO)
        self.logger.addHandler(self)

    def emit(self, record):
        self.count += record.getMessage().startswith("Received packet PING")


def test_heartbeats_keep_the_connection(make_scenario, transport):
    async def test():
        pings = Pings()
        async with AsyncClient(make_scenario(ping_interval=300, ping_timeout=5000), transport, engineio_logger=pings.logger) as client:
            await eventually_async(lambda: pings.count >= 3, "three heartbeats")
            assert await client.call("sum", 1, 1) == 2
            assert [event[0] for event in [await client.next()]] == ["auth"] and client.events["/"].empty()

    run(test())


# The client without asyncio uses requests and websocket-client.

def test_the_threaded_client_connects_calls_and_is_called(scenario, transport):
    with SyncClient(scenario, transport, auth={"token": "t"}) as client:
        assert client.until("auth") == ("auth", {"token": "t"})
        assert client.call("sum", 1, 2) == 3
        assert client.call("transport") == client.io.transport()
        assert client.call("echo", "ñ", [1, None]) == ("ñ", [1, None])
        client.io.on("question", lambda value: value + 1)
        assert client.call("ask", 1, 5000) == {"answer": 2}
        assert sorted(client.call("join", "room")) == sorted([client.io.get_sid(), "room"])
        client.io.emit("in-room", ("room", "text"))
        assert client.until("room-message") == ("room-message", "room", "text")


def test_the_threaded_client_reconnects(make_scenario, transport):
    server = make_scenario()
    with SyncClient(server, transport) as client:
        client.until("connect")
        client.until("auth")
        assert client.call("sum", 1, 1) == 2
        server.kill9()
        client.until("disconnect")
        server.__enter__()
        client.until("connect")
        client.until("auth")
        assert client.io.get_sid()
