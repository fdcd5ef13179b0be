"""Socket.IO packets: every rule, on each transport."""

import contextlib
import json
import re

import pytest

from engineio_raw import EACH_KIND, Polling, WebSocket, until_ended
from raw import frame
from socketio_scenario import make_scenario, scenario, shared_scenario  # noqa: F401

CONNECTED = r'40\{"sid":"[A-Za-z0-9_-]{20,}"\}'
PLACEHOLDER = '{"_placeholder":true,"num":%d}'


@pytest.fixture(params=EACH_KIND, ids=lambda kind: kind.kind)
def bare(scenario, request):
    """A session that has joined nothing yet."""
    session = request.param(scenario)
    yield session
    session.close()


@pytest.fixture
def session(bare):
    return join(bare)


def join(session, auth=""):
    session.send("40" + auth)
    assert re.fullmatch(CONNECTED, session.receive())
    assert session.receive() == f'42["auth",{auth or "{}"}]'
    return session


def assert_lives(session):
    session.send('4299["echo","x"]')
    assert session.receive() == '4399["x"]'


def assert_closed(session):
    packets, code = until_ended(session)
    assert set(packets) <= {"1", "6"}, packets
    assert code is None


# CONNECT

@pytest.mark.parametrize("connect, answer, auth", [
    ("40", CONNECTED, "{}"),
    ("40{}", CONNECTED, "{}"),
    ("40/,", CONNECTED, "{}"),
    ("40/", CONNECTED, "{}"),
    ('40{"token":"t"}', CONNECTED, '{"token":"t"}'),
    ('40/,{"token":"t"}', CONNECTED, '{"token":"t"}'),
    ('40{"a":[1,{"b":null}],"c":"ñ"}', CONNECTED, '{"a":[1,{"b":null}],"c":"ñ"}'),
])
def test_the_main_namespace_is_joined_with_a_connect(bare, connect, answer, auth):
    bare.send(connect)
    assert re.fullmatch(answer, bare.receive())
    assert json.loads(bare.receive()[2:]) == ["auth", json.loads(auth)]


@pytest.mark.parametrize("connect, auth", [
    ("40/custom,", {}), ("40/custom", {}), ("40/custom,{}", {}), ('40/custom,{"token":"t"}', {"token": "t"}),
])
def test_another_namespace_is_joined_with_its_name(bare, connect, auth):
    bare.send(connect)
    assert re.fullmatch(CONNECTED.replace("40", "40/custom,"), bare.receive())
    packet = bare.receive()
    assert packet[:10] == "42/custom," and json.loads(packet[10:]) == ["auth", auth]


@pytest.mark.parametrize("namespace", ["/unknown", "/custom?a=1", "/custom/", "/Custom", "/dyn-", "/dyn-1x", "/x/y", "/ñ"])
def test_an_unknown_namespace_is_rejected_and_the_connection_stays(bare, namespace):
    bare.send(f"40{namespace},")
    assert bare.receive() == f'44{namespace},{{"message":"Invalid namespace"}}'
    join(bare)
    assert_lives(bare)


def test_middleware_refuses_with_message_and_data(bare):
    bare.send("40/locked,")
    assert bare.receive() == '44/locked,{"message":"not allowed","data":{"hint":"token"}}'
    bare.send('40/locked,{"token":"wrong"}')
    assert bare.receive() == '44/locked,{"message":"not allowed","data":{"hint":"token"}}'
    bare.send('40/locked,{"token":"bug"}')
    assert bare.receive() == '44/locked,{"message":"internal"}'
    bare.send('40/locked,{"token":"open"}')
    assert re.fullmatch(CONNECTED.replace("40", "40/locked,"), bare.receive())
    bare.send('42/locked,1["in"]')
    assert bare.receive() == '43/locked,1["yes"]'


def test_every_namespace_has_a_socket_with_a_name_of_its_own(bare):
    names = set()
    for namespace in ["/", "/custom", "/dyn-1", "/dyn-22", "/fn-x", "/echo"]:
        bare.send(f"40{namespace},")
        while not (packet := bare.receive()).startswith("40"):
            pass
        names.add(json.loads(packet[packet.index("{"):])["sid"])
    assert len(names - {bare.sid}) == 6


def test_namespaces_are_apart(session):
    session.send("40/dyn-1,")
    assert session.receive()[:9] == "40/dyn-1,"
    session.send('42/dyn-1,5["name"]', '425["echo"]')
    assert sorted([session.receive(), session.receive()]) == ['43/dyn-1,5["/dyn-1"]', "435[]"]
    session.send('42/dyn-1,["all","here"]')
    assert session.receive() == '42/dyn-1,["all-message","here"]'
    assert_lives(session)


@pytest.mark.parametrize("connect", [
    '40"abc"', "40[]", "40null", "40true", "40{", '40{"a"}', "40{}x", "40/custom,[]", "40/custom,null", '40/custom,"x"', "407", "40abc",
])
def test_a_connect_with_anything_but_an_object_closes(bare, connect):
    bare.offend(connect)
    assert_closed(bare)


def test_a_second_connect_closes(session):
    session.offend("40")
    assert_closed(session)


def test_a_namespace_can_be_joined_while_another_is_being_authorized(bare):
    bare.send('40/slow-middleware,{"ms":100}', "40")
    assert re.fullmatch(CONNECTED, bare.receive())
    assert bare.receive() == '42["auth",{}]'
    assert re.fullmatch(CONNECTED.replace("40", "40/slow-middleware,"), bare.receive())


def test_an_event_before_its_socket_is_connected_closes(bare):
    """Clients wait for the answer to CONNECT."""
    bare.offend('40/slow-middleware,{"ms":3000}', '42/slow-middleware,["x"]')
    assert_closed(bare)


# DISCONNECT

@pytest.mark.parametrize("disconnect", ["41", "41/,"])
def test_a_disconnect_is_not_answered_and_the_namespace_can_be_joined_again(session, disconnect):
    session.send(disconnect)
    join(session)
    assert_lives(session)


@pytest.mark.parametrize("disconnect", ["41/custom,", "41/custom"])
def test_leaving_one_namespace_leaves_the_others(session, disconnect):
    session.send("40/custom,")
    assert session.receive()[:12] == '40/custom,{"'
    assert session.receive() == '42/custom,["auth",{}]'
    session.send(disconnect)
    assert_lives(session)


@pytest.mark.parametrize("disconnect", ["41{}", "41[]", '41"x"', "411"])
def test_a_disconnect_with_a_payload_closes(session, disconnect):
    session.offend(disconnect)
    assert_closed(session)


def test_the_server_says_disconnect_and_keeps_the_connection_unless_it_closes(session):
    session.send('42["bye",false]')
    assert session.receive() == "41"
    join(session)
    session.send('42["bye",true]')
    packets, _ = until_ended(session)
    assert packets[0] == "41" and set(packets) <= {"41", "1", "6"}


# EVENT and ACK

@pytest.mark.parametrize("sent, received", [
    ('421["echo"]', "431[]"),
    ('42/,1["echo"]', "431[]"),
    ('420["echo",1,"2",{"a":[true,null]}]', '430[1,"2",{"a":[true,null]}]'),
    ('4212["sum",3,4]', "4312[7]"),
    ('421["void"]', "431[]"),
    ('429007199254740991["echo",1]', "439007199254740991[1]"),
    ('421[ "echo" , 1 ]', "431[1]"),
    ('421["echo","\\u00f1\\ud834\\udd1e\\n"]', '431["ñ𝄞\\n"]'),
    ('421["echo","\\ud83d cut","\\ude00"]', '431["\ufffd cut","\ufffd"]'),
    ('42["message",1,"2",{"3":[true]}]', '42["message-back",1,"2",{"3":[true]}]'),
    ('42456["message-with-ack",1,"2",{"3":[false]}]', '43456[1,"2",{"3":[false]}]'),
    ('421["fail-ack","busy","try later"]', '431[{"error":{"code":"busy","message":"try later"}}]'),
    ('421["echo",0,-1,1.5,9007199254740991,1e3,true,false,null]', "431[0,-1,1.5,9007199254740991,1000,true,false,null]"),
])
def test_an_event_is_handled_and_acknowledged_once(session, sent, received):
    session.send(sent)
    packet = session.receive()
    head = received.index("[")
    assert (packet[:head], json.loads(packet[head:])) == (received[:head], json.loads(received[head:]))
    assert_lives(session)


@pytest.mark.parametrize("event", [
    '42["nobody-listens"]', "42[1,2]", "42[1]", '421[7,"x"]', '42["nobody-listens",{"a":1}]', '42["Connect"]', '42[""]',
])
def test_an_event_without_a_handler_is_ignored(session, event):
    session.send(event)
    assert_lives(session)


@pytest.mark.parametrize("event", [
    "42", "42[]", "42{}", '42"a"', "42null", "421", "42[null]", "42[true]", '42[{"a":1}]', '42[["a"]]',
    '42["connect"]', '42["connect_error"]', '42["disconnect"]', '42["disconnecting"]', '42["newListener"]', '42["removeListener"]',
    "42[", '42["a"', '42["a",]', '42["a"]x', '42["a"][1]', "42abc", '42a["e"]', '42-1["e"]', '421.5["e"]', '42 ["e"]"', "42['e']",
    '42["a",NaN]', '42["a",01]', '42["a","\t"]', '42["a","\\ud83d"', '42["a\\x"]', '429007199254740992["echo"]',
    '4299999999999999999999["echo"]', '42/custom,["e"]', '42/nowhere,["e"]',
])
def test_an_event_that_breaks_a_rule_closes(session, event):
    session.offend(event)
    assert_closed(session)


@pytest.mark.parametrize("packet", [
    "4", "47", "48", "49", "4a", "4-", '4["a"]', "4hello", '44{"message":"no"}', "44", "43", "43{}", '431{"a":1}', '43"a"', "431",
    "43/custom,1[]", "41/custom,", "41/nowhere",
])
def test_any_other_packet_that_breaks_a_rule_closes(session, packet):
    session.offend(packet)
    assert_closed(session)


@pytest.mark.parametrize("packets", [
    ('42["echo"]',), ("431[]",), ("41",), ('451-["a",{"_placeholder":true,"num":0}]', b"\x01"), (b"\x01",),
])
def test_any_packet_before_the_connect_closes(bare, packets):
    bare.offend(*packets)
    assert_closed(bare)


@pytest.mark.parametrize("ack", ["43999[]", '430["x"]', "439007199254740991[]", "43/,5[]"])
def test_acks_that_nobody_waits_for_are_ignored(session, ack):
    session.send(ack)
    assert_lives(session)


def asked(session, value, milliseconds=5000):
    """Makes the server request an acknowledgement; returns its number."""
    session.send(f'420["ask",{value},{milliseconds}]')
    question = session.receive()
    assert re.fullmatch(rf'42\d+\["question",{value}\]', question)
    return int(question[2:question.index("[")])


def test_the_server_asks_and_each_question_has_a_number_of_its_own(session):
    numbers = []
    for value in range(5):
        numbers.append(asked(session, value))
        session.send(f"43{numbers[-1]}[{value * 2}]")
        assert session.receive() == f'430[{{"answer":{value * 2}}}]'
    assert numbers == sorted(set(numbers))


def test_only_the_first_answer_counts(session):
    number = asked(session, 1)
    session.send(f"43{number}[7]", f"43{number}[8]")
    assert session.receive() == '430[{"answer":7}]'
    assert_lives(session)


def test_an_answer_that_does_not_come_is_timed_out_and_ignored_later(session):
    number = asked(session, 1, milliseconds=100)
    assert session.receive() == '430[{"failure":"timed-out"}]'
    session.send(f"43{number}[1]")
    assert_lives(session)


def test_an_event_that_fails_is_acknowledged_with_an_error(session):
    session.send('421["fail"]')
    packet = session.receive()
    assert packet[:3] == "431"
    (answer,) = json.loads(packet[3:])
    assert answer["error"]["code"] == "internal" and answer["error"]["message"]
    session.send('422["sum","x",{}]')
    packet = session.receive()
    assert packet[:3] == "432" and json.loads(packet[3:])[0]["error"]["code"]
    session.send('42["fail"]')  # not requested
    session.send('423["forbidden"]')
    packet = session.receive()
    assert packet[:3] == "433" and json.loads(packet[3:])[0]["error"]["code"] == "forbidden"
    assert_lives(session)


def test_events_are_handled_one_after_the_other(session):
    session.send('421["slow",50,"first"]', '422["echo","second"]')
    assert [session.receive(), session.receive()] == ['431["first"]', '432["second"]']


# Binary

@pytest.mark.parametrize("sent, attachments, received", [
    ('451-1["echo",{0}]', 1, '461-1[{0}]'),
    ('452-1["echo",{0},{1}]', 2, '462-1[{0},{1}]'),
    ('452-1["echo",{1},{0}]', 2, None),
    ('451-1["echo",{"a":[{"b":{0}}]}]', 1, '461-1[{"a":[{"b":{0}}]}]'),
    ('451-["message",{0}]', 1, '451-["message-back",{0}]'),
    ('451-["message",1,"2",{"3":{0}}]', 1, '451-["message-back",1,"2",{"3":{0}}]'),
    ('451-789["message-with-ack",1,{0}]', 1, '461-789[1,{0}]'),
    ('4510-1["echo",' + ",".join("{%d}" % number for number in range(10)) + "]", 10, None),
    ('450-1["echo",5]', 0, "431[5]"),
    ('451-["binary",{0}]', 1, '451-["binary-back",{0}]'),
])
def test_attachments_follow_their_packet_and_are_put_in_place(session, sent, attachments, received):
    def filled(text):
        return re.sub(r"\{(\d)\}", lambda match: PLACEHOLDER % int(match[1]), text)

    session.send(filled(sent), *(bytes([number, 255, 0]) for number in range(attachments)))
    packet = session.receive()
    if received:
        head = received.index("[")
        assert (packet[:head], json.loads(packet[head:])) == (received[:head], json.loads(filled(received[head:])))
    contents = [session.receive() for _ in range(attachments)]
    if "binary" in sent:
        assert contents == [b"\x00\xff\x00"[::-1]]
    elif received != filled(sent) and '{1},{0}' in sent:
        # Whichever way they are numbered now: the first argument is the second attachment.
        numbers = [item["num"] for item in json.loads(packet[packet.index("["):])]
        assert [contents[number][0] for number in numbers] == [1, 0]
    else:
        assert contents == [bytes([number, 255, 0]) for number in range(attachments)]
    assert_lives(session)


def test_an_empty_attachment_is_one(session):
    session.send('451-1["echo",{"_placeholder":true,"num":0}]', b"")
    assert session.receive() == '461-1[{"_placeholder":true,"num":0}]'
    assert session.receive() == b""


def test_a_namespace_stands_behind_the_count(session):
    session.send("40/echo,")
    assert session.receive()[:8] == "40/echo,"
    session.send('451-/echo,["x",{"_placeholder":true,"num":0}]', b"\x01")
    assert session.receive() == '451-/echo,["x",{"_placeholder":true,"num":0}]'
    assert session.receive() == b"\x01"


def test_binary_acks_of_a_client_are_taken(session):
    session.send(f'461-{asked(session, 1)}[{{"_placeholder":true,"num":0}}]', b"\x07")
    assert session.receive()[:3] == "430"
    assert_lives(session)


ONE = '["e",{"_placeholder":true,"num":0}]'


@pytest.mark.parametrize("packets", [
    (b"\x01",), (b"",),
    ("451-" + ONE, '42["e"]'), ("451-" + ONE, "451-" + ONE), ("451-" + ONE, "41"),
    ("452-" + ONE, b"\x01", '42["e"]'),
    ("451-" + ONE, b"\x01", b"\x02"),
    ('451-["e",{"_placeholder":true,"num":1}]', b"\x01"), ('451-["e",{"_placeholder":true,"num":-1}]', b"\x01"),
    ('451-["e",{"_placeholder":true,"num":"0"}]', b"\x01"), ('451-["e",{"_placeholder":true,"num":0.5}]', b"\x01"),
    ('451-["e",{"_placeholder":true}]', b"\x01"), ('450-["e",{"_placeholder":true,"num":0}]',),
    ("45" + ONE,), ("45-" + ONE,), ("451" + ONE,), ("45a-" + ONE,), ("45-1-" + ONE,), ("451.0-" + ONE,),
    ("451-{}",), ("451-[]", b"\x01"), ("451-", b"\x01"), ("451-[{}]", b"\x01"), ("451-[", b"\x01"),
    ("4511-" + ONE,), ("4599999999999999999999-" + ONE,), ("46" + "1-[]", b"\x01"), ("46{}",),
    ('451-["connect",{"_placeholder":true,"num":0}]', b"\x01"),
])
def test_attachments_that_break_a_rule_close(session, packets):
    session.offend(*packets)
    assert_closed(session)


TWO_ATTACHMENTS = '452-1["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'


def test_attachments_that_do_not_come_close(make_scenario):
    session = join(WebSocket(make_scenario(attachment_timeout=300)))
    session.send(TWO_ATTACHMENTS, b"x")
    assert until_ended(session) == ([], None)


def test_a_packet_with_attachments_that_grows_too_long_closes(make_scenario):
    session = join(WebSocket(make_scenario(max_packet=1_500_000)))
    session.offend(TWO_ATTACHMENTS, b"x" * 800_000, b"x" * 800_000)
    assert until_ended(session) == ([], None)


# Limits

def test_arrays_and_objects_may_be_nested_64_deep(session):
    deep = "[" * 62 + "]" * 62
    session.send(f'421["echo",{deep}]')
    assert session.receive() == f"431[{deep}]"


@pytest.mark.parametrize("inner", ["[" * 100 + "]" * 100, "[" * 100_000, '{"a":' * 100 + "1" + "}" * 100])
def test_deeper_nesting_closes(session, inner):
    session.offend(f'42["echo",{inner}]')
    assert_closed(session)


def test_names_may_be_255_bytes_long(session):
    session.send("42" + json.dumps(["x" * 255]))
    assert_lives(session)
    session.offend("42" + json.dumps(["x" * 256]))
    assert_closed(session)


def test_namespaces_may_be_255_bytes_long(bare):
    bare.send(f"40/{'x' * 254},")
    assert bare.receive().endswith('{"message":"Invalid namespace"}')
    bare.offend(f"40/{'x' * 255},")
    assert_closed(bare)


def test_the_number_of_namespaces_of_a_connection_is_limited(make_scenario):
    session = Polling(make_scenario(max_namespaces=3))
    session.send("40/dyn-1,", "40/dyn-2,", "40/dyn-3,")
    assert sorted(session.receive()[:9] for _ in range(3)) == ["40/dyn-1,", "40/dyn-2,", "40/dyn-3,"]
    session.offend("40/dyn-4,")
    packet = session.receive()
    assert packet.startswith("44/dyn-4,") or packet in ("1", "6")
    if packet.startswith("44"):
        session.send('42/dyn-1,1["name"]')
        assert session.receive() == '43/dyn-1,1["/dyn-1"]'
    session.close()


# Random packets

SEEDS = [
    '420["echo","x"]', '40{"token":"t"}', '40/custom,{"a":1}', "41", "41/custom,", '451-1["echo",{"_placeholder":true,"num":0}]',
    '42/custom,7["e",[1,{"a":null}]]', "437[1]", '44{"message":"m"}', "2", "3", "6", b"\x00\x01", b"",
]


def mutated(packet, random):
    raw = bytearray(packet if isinstance(packet, bytes) else packet.encode())
    for _ in range(random.randrange(0, 4)):
        place = random.randrange(len(raw) + 1)
        raw[place:place + random.randrange(3)] = random.randbytes(random.randrange(3)) if random.random() < 0.5 else random.choice([
            b"9", b"-", b",", b"/", b"[", b"]", b"{", b'"', b"\\u", b"\x1e", b"b", b"0", b"5", b"\xff"])
    return bytes(raw)


def test_random_packets_do_no_harm(scenario, seed):
    good = join(WebSocket(scenario))
    for _ in range(150):
        session = seed.choice([Polling, WebSocket])(scenario)
        for _ in range(seed.randrange(1, 8)):
            packet = seed.choice(SEEDS)
            raw = mutated(packet, seed)
            with contextlib.suppress(ConnectionError):
                if isinstance(session, Polling):
                    assert session.post(raw).status in (200, 400)
                else:
                    session.wire.send(frame(2 if isinstance(packet, bytes) else 1, raw))
        session.close()
    assert_lives(good)
    good.close()
