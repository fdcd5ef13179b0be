"""Participants and drafts of the chat: sent over Socket.IO, and never logged."""

import asyncio
import contextlib
import json
import threading
import time
from contextlib import AsyncExitStack
from socket import MSG_DONTWAIT

import pytest

from engineio_raw import TEXT, Polling, WebSocket
from raw import frame
from socketio_log import LogSocket
from socketio_python import AsyncClient, run

CHAT = "/chat"


def member(server, transport="websocket"):
    """A stock client in the chat, without history and without positions after events."""
    return AsyncClient(server, transport, CHAT, auth={"after": "live", "recovery": False})


async def join(client, **data):
    assert await client.call("chat.join", data, namespace=CHAT) == {}
    return client


async def until_present(client, condition):
    while not condition(presence := (await client.until("chat.present", CHAT))[1]):
        pass
    return presence


async def nothing_but(client, *names):
    """Checks that everything sent to the client up to a new event has only these names."""
    client.server.append({"topic": "chat", "type": "mark"})
    while (event := await client.next(CHAT))[0] != "mark":
        assert event[0] in names, event


@pytest.mark.parametrize("transport", ["websocket", "upgraded"])
def test_a_draft_goes_only_to_the_other_participants(server, transport):
    async def test():
        async with member(server, transport) as writer, member(server, transport) as reader, member(server) as silent:
            await join(writer, user="Inés")
            await join(reader)
            sid = writer.io.get_sid(CHAT)
            for text in ["H", "Hi", "Hi\n", "Hi\n⚓"]:
                assert await writer.call("chat.draft", {"text": text}, namespace=CHAT) == {}
                assert await reader.until("chat.draft", CHAT) == ("chat.draft", {"socket": sid, "user": "Inés", "text": text})
            assert await writer.call("chat.draft", {"text": "", "user": "other"}, namespace=CHAT) == {}
            assert (await reader.until("chat.draft", CHAT))[1]["text"] == ""
            # A client that is not present gets only events.
            await nothing_but(silent, "replayed")
            await nothing_but(writer, "replayed", "chat.present", "mark")
    run(test())
    assert [event["type"] for event in server.events()["events"]] == ["mark", "mark"]


def test_a_client_can_send_drafts_without_joining(server):
    async def test():
        async with member(server) as writer, member(server) as reader:
            await join(reader)
            await writer.call("chat.draft", {"text": "a", "user": "Inés"}, namespace=CHAT)
            assert (await reader.until("chat.draft", CHAT))[1] == {"socket": writer.io.get_sid(CHAT), "user": "Inés", "text": "a"}
            await nothing_but(writer, "replayed")
    run(test())


def test_a_draft_ends_with_its_message_or_its_socket(server):
    async def test():
        async with member(server) as reader:
            await join(reader)
            async with member(server) as writer:
                await writer.call("chat.draft", {"text": "Hello"}, namespace=CHAT)
                assert (await reader.until("chat.draft", CHAT))[1]["text"] == "Hello"
                assert await writer.call("message.post", {"text": "Hello"}, namespace=CHAT) == {"offset": 1}
                assert (await reader.until("chat.draft", CHAT))[1]["text"] == ""
                assert (await reader.until("message.posted", CHAT))[1]["text"] == "Hello"
                await writer.call("chat.draft", {"text": "And"}, namespace=CHAT)
                assert (await reader.until("chat.draft", CHAT))[1]["text"] == "And"
            assert (await reader.until("chat.draft", CHAT))[1]["text"] == ""
            await nothing_but(reader, "chat.present")
    run(test())


def test_of_drafts_that_come_too_fast_the_newest_is_forwarded(server):
    count = 1000

    async def test():
        async with member(server) as writer, member(server) as reader:
            await join(reader)
            began = time.monotonic()
            for number in range(count):
                await writer.io.emit("chat.draft", {"text": f"{number}"}, namespace=CHAT)
            await writer.call("chat.draft", {"text": "last"}, namespace=CHAT)
            seen = []
            while not seen or seen[-1] != "last":
                seen.append((await reader.until("chat.draft", CHAT))[1]["text"])
            lasted = time.monotonic() - began
            print(f"{count} drafts in {lasted:.2f} s came to {len(seen)}")
            assert len(seen) <= 2 + lasted / 0.033
            assert len(seen) < count / 5
            assert seen[:-1] == sorted(seen[:-1], key=int)
    run(test())


def test_the_end_of_a_draft_is_sent_after_waiting_drafts(server):
    async def test():
        async with member(server) as writer, member(server) as reader:
            await join(reader)
            for number in range(20):
                for text in ["a", "ab", ""]:
                    await writer.io.emit("chat.draft", {"text": text}, namespace=CHAT)
            await writer.call("chat.draft", {"text": "end"}, namespace=CHAT)
            seen = []
            while not seen or seen[-1] != "end":
                seen.append((await reader.until("chat.draft", CHAT))[1]["text"])
            # No two ends follow each other, and an ended draft does not return.
            assert all(one or other for one, other in zip(seen, seen[1:])), seen
    run(test())


def crowd(server, count):
    """Sockets that are present, and read only on request."""
    members = [LogSocket(server, CHAT, after="live", recovery=False, topics="chat/nothing") for _ in range(count)]
    for member in members:
        assert member.command("chat.join", {}) == {}
    return members


def drafted(text):
    return f'42{CHAT},["chat.draft",{{"text":"{text}"}}]'


def test_many_concurrent_drafts_are_limited_to_the_budget_and_the_newest_of_each_socket_is_sent(server):
    """The budget: 1,000 deliveries at once, and 30,000 a second."""
    count, rounds = 200, 10
    members = crowd(server, count)
    reader, *writers = members
    began = time.monotonic()
    for round in range(rounds):
        for writer in writers:
            writer.session.send(drafted("last" if round == rounds - 1 else round))
    newest, packets = {}, 0
    while len(newest) < len(writers) or set(newest.values()) != {"last"}:
        name, *arguments = next(reader)
        if name == "chat.draft":
            newest[arguments[0]["socket"]] = arguments[0]["text"]
            packets += 1
    lasted = time.monotonic() - began
    print(f"{rounds * len(writers)} drafts in {lasted:.2f} s came to {packets}")
    assert set(newest) == {writer.sid for writer in writers}
    assert packets <= (1_000 + 30_000 * lasted) / count + 1
    for member in members:
        member.session.close()


@pytest.mark.alone
@pytest.mark.long
def test_five_hundred_concurrent_drafts_do_not_delay_appends(server):
    members = crowd(server, 500)
    enough = threading.Event()

    def write():
        number = 0
        sockets = [member.session.wire.socket for member in members]
        for socket in sockets:
            socket.settimeout(None)
        # As fast as people type: five drafts a second each.
        while not enough.wait(0.2):
            number += 1
            data = frame(TEXT, drafted(number).encode())
            for socket in sockets:
                socket.sendall(data)
                with contextlib.suppress(BlockingIOError):
                    while len(socket.recv(1 << 16, MSG_DONTWAIT)) == 1 << 16:
                        pass

    writer = threading.Thread(target=write)
    writer.start()
    try:
        took = []
        for _ in range(30):
            began = time.monotonic()
            server.append({"topic": "other", "type": "mark"})
            took.append(time.monotonic() - began)
    finally:
        enough.set()
        writer.join()
    print(f"appends took up to {max(took):.3f} s")
    assert max(took) < 1
    for member in members:
        member.session.close()


@pytest.mark.parametrize("data, code, field", [
    ({}, "missing", "text"), ({"text": 7}, "invalid", "text"), ({"text": None}, "invalid", "text"), ("Hello", "invalid", None), ([1], "invalid", None),
    ({"text": "x" * 4097}, "invalid", "text"), ({"text": "t", "user": ""}, "invalid", "user"), ({"text": "t", "user": "u" * 65}, "invalid", "user"),
    ({"text": "t", "socket": "me"}, "unknown-field", "socket"), ({"text": "t", "id": "1"}, "unknown-field", "id"),
])
def test_an_invalid_draft_is_rejected_with_its_field_and_not_forwarded(shared_server, data, code, field):
    head = shared_server.head
    with LogSocket(shared_server, CHAT, after="live", recovery=False) as reader, LogSocket(shared_server, CHAT, after="live", recovery=False) as writer:
        assert reader.command("chat.join", {}) == {}
        error = writer.command("chat.draft", data)["error"]
        assert (error["code"], error.get("field")) == (code, field), error
        assert error["message"]
        assert writer.command("chat.draft", {"text": "good"}) == {}
        draft = next(event for event in reader if event[0] == "chat.draft")
        assert draft[1]["text"] == "good"
    assert shared_server.head == head


def test_the_longest_draft_is_counted_in_characters_and_arguments_are_bounded(server):
    with LogSocket(server, CHAT, after="live", recovery=False) as writer:
        assert writer.command("chat.draft", {"text": "⚓" * 4096}) == {}
        assert writer.command("chat.draft", {"text": "x"}, {"id": "1"})["error"]["code"] == "invalid"
        assert writer.command("chat.join", {"user": "u" * 65})["error"]["field"] == "user"
        assert writer.command("chat.join", {"name": "Inés"})["error"]["code"] == "unknown-field"
        assert writer.command("chat.join", None)["error"]["code"] == "invalid"
        assert writer.command("chat.join") == {}


def test_outside_the_chat_these_commands_are_unknown(server):
    with LogSocket(server, after="live") as whole, LogSocket(server, "/chat/rooms", after="live") as other:
        for socket in [whole, other]:
            for name in ["chat.draft", "chat.join"]:
                assert socket.command(name, {"text": "x"})["error"]["code"] == "unknown-command"
    assert server.head == 0


def test_the_participants_are_sent_with_names_and_again_after_changes(server):
    async def test():
        async with member(server) as first:
            await join(first, user="Inés")
            sid = first.io.get_sid(CHAT)
            assert await until_present(first, lambda _: True) == {"count": 1, "sockets": [{"socket": sid, "user": "Inés"}]}
            async with member(server) as second, member(server) as silent:
                await join(second)
                other = second.io.get_sid(CHAT)
                participants = await until_present(first, lambda participants: participants["count"] == 2)
                assert participants["sockets"] == [{"socket": sid, "user": "Inés"}, {"socket": other}]
                await join(second, user="Tomás")
                participants = await until_present(first, lambda participants: len(participants["sockets"][1]) == 2)
                assert participants == {"count": 2, "sockets": [{"socket": sid, "user": "Inés"}, {"socket": other, "user": "Tomás"}]}
                assert await until_present(second, lambda now: len(now["sockets"]) == 2 and len(now["sockets"][1]) == 2) == participants
                await nothing_but(silent, "replayed")
            assert (await until_present(first, lambda participants: participants["count"] == 1))["sockets"] == [{"socket": sid, "user": "Inés"}]
    run(test())
    assert [event["type"] for event in server.events()["events"]] == ["mark"]


def test_many_participants_are_sent_together_and_the_first_hundred_by_name(server):
    count = 130

    async def test():
        async with AsyncExitStack() as stack:
            first = await join(await stack.enter_async_context(member(server)), user="first")
            await until_present(first, lambda participants: participants["count"] == 1)
            began = time.monotonic()
            crowd = [await stack.enter_async_context(member(server)) for _ in range(count)]
            await asyncio.gather(*(join(client, user=f"{number}") for number, client in enumerate(crowd)))
            packets = 1
            while (participants := (await first.until("chat.present", CHAT))[1])["count"] <= count:
                packets += 1
            lasted = time.monotonic() - began
            print(f"{count} joined in {lasted:.1f} s, sent in {packets} packets")
            assert packets <= 2 + lasted, (packets, lasted)
            assert participants["count"] == count + 1
            assert len(participants["sockets"]) == 100
            assert participants["sockets"][0] == {"socket": first.io.get_sid(CHAT), "user": "first"}
            await asyncio.gather(*(client.io.disconnect() for client in crowd))
            assert (await until_present(first, lambda participants: participants["count"] == 1))["sockets"][0]["user"] == "first"
    run(test())


def test_a_client_with_a_full_buffer_gets_the_participants_later(server):
    """Volatile messages cannot be sent between two polls."""
    socket = LogSocket(server, CHAT, kind=Polling, after="live", recovery=False)
    socket.until_replayed()
    socket.command("chat.join", {})
    with LogSocket(server, CHAT, after="live", recovery=False) as other:
        assert other.command("chat.join", {"user": "Inés"}) == {}
        while (event := next(other))[0] != "chat.present" or event[1]["count"] < 2:
            pass
        while (event := next(socket))[0] != "chat.present" or event[1]["count"] < 2:
            pass
        assert event[1]["sockets"][1] == {"socket": other.sid, "user": "Inés"}
    socket.session.close()


@pytest.mark.parametrize("kind", [WebSocket, Polling])
def test_no_packet_ends_in_a_bare_string(server, kind):
    """A client with recovery would store the string as a position and reconnect with it."""
    server.append({"topic": "chat", "type": "x"})
    reader = LogSocket(server, CHAT, kind=kind)
    reader.until_replayed()
    assert reader.position == server.position(1)
    reader.command("chat.join", {"user": "Inés"})
    enough = threading.Event()

    def write():
        with LogSocket(server, CHAT) as writer:
            while not enough.wait(0.01):
                writer.command("chat.draft", {"text": "Hello", "user": "Tomás"})

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = set()
        while seen != {"chat.draft", "chat.present"}:
            event = next(reader)
            assert len(event) == 2 and isinstance(event[1], dict), event
            seen.add(event[0])
    finally:
        enough.set()
        writer.join()
    assert reader.position == server.position(1)
    reader.session.close()


def test_a_recovered_session_is_present_once(server):
    first = LogSocket(server, CHAT)
    first.until_replayed()
    with LogSocket(server, CHAT, after="live") as watcher:
        watcher.command("chat.join", {})
        first.command("chat.join", {"user": "Inés"})
        next_presence = lambda: next(event for event in watcher if event[0] == "chat.present")[1]
        while next_presence()["count"] < 2:
            pass
        # The server has not noticed yet that the old connection is dead.
        again = LogSocket(server, CHAT, **first.memory())
        assert again.sid == first.sid
        assert again.command("chat.join", {"user": "Inés again"}) == {}
        while [person.get("user") for person in next_presence()["sockets"]] != [None, "Inés again"]:
            pass
        again.session.close()
    first.session.close()


def test_drafts_and_presence_are_not_logged(server):
    async def test():
        async with member(server) as writer, member(server) as reader:
            await join(writer, user="secret name")
            await join(reader)
            for text in ["secret", "secret text"]:
                await writer.call("chat.draft", {"text": text}, namespace=CHAT)
            await reader.until("chat.draft", CHAT)
            await writer.call("message.post", {"text": "said"}, namespace=CHAT)
            await reader.until("message.posted", CHAT)
    run(test())
    events = server.events()["events"]
    assert [event["data"]["text"] for event in events] == ["said"]
    assert "secret" not in json.dumps(events) + server.http.get("/chat").text
    server.restart()
    assert server.head == 1
