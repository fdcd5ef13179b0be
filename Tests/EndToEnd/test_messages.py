"""The chat over HTTP."""

import pytest

from bodies import assert_problem


def test_a_message_is_an_event_on_the_topic_chat(server):
    answer = server.http.post("/api/messages", json={"text": "¡Hola!", "user": "Inés"})
    assert (answer.status_code, answer.json()) == (201, {"offset": 1})
    event = server.events()["events"][0]
    assert (event["topic"], event["type"]) == ("chat", "message.posted")
    assert event["data"] == {"socket": None, "user": "Inés", "text": "¡Hola!"}


def test_the_list_holds_the_messages_as_events_and_nothing_else(server):
    server.append({"type": "other"})
    for number in range(5):
        server.http.post("/api/messages", json={"text": str(number)})
    answer = server.http.get("/api/messages").json()
    assert [event["data"]["text"] for event in answer["messages"]] == ["0", "1", "2", "3", "4"]
    assert (answer["next"], answer["head"]) == (6, 6)
    assert len(server.http.get("/api/messages?after=-2").json()["messages"]) == 2
    assert len(server.http.get("/api/messages?limit=3").json()["messages"]) == 3


@pytest.mark.parametrize("body, field, code", [
    ({}, "text", "missing"), ({"text": ""}, "text", "invalid"), ({"text": "x" * 4097}, "text", "invalid"),
    ({"text": 7}, "text", "invalid"), ({"text": "t", "user": 7}, "user", "invalid"),
    ({"text": "t", "socket": "me"}, "socket", "unknown-field"),
])
def test_a_wrong_message_is_refused_with_its_field(server, body, field, code):
    assert_problem(server.http.post("/api/messages", json=body), 422, code, field)
    assert server.head == 0


def test_the_longest_message_is_counted_in_characters(server):
    assert server.http.post("/api/messages", json={"text": "⚓" * 4096}).status_code == 201
