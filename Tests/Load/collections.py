"""Measures the changes of a collection to many WebSockets with a few different filters.

One row at a time: from the append to each receipt. Many rows: how many changes a second reach all readers. Then the memory
of the server with readers that take nothing while rows change.
"""

from load import *

APPLICATION = {
    "topics": {"items/{item}": {"item.put": {}}},
    "collections": {
        "items": {
            "from": "items/*", "key": "topic.item", "index": ["number"],
            "on": {"item.put": {"put": {"number": "data.number", "text": "data.text"}}},
        }
    },
}
# Each change of the row with this number matches the filters of all readers.
HIGHEST = 1_000_000
# How many events one request appends while many rows change.
BATCH = 20


@contextlib.contextmanager
def serving_items():
    with tempfile.TemporaryDirectory(prefix="bitacora-load-app-") as folder:
        Path(folder, "app.json").write_text(json.dumps(APPLICATION))
        with serving("--app", folder) as server:
            yield server


def request(filter):
    return get(f"/api/collections/items?where[number][gte]={filter}&sort=-number&limit=50", *WEBSOCKET)


def item(key, number, text):
    return {"topic": f"items/{key}", "type": "item.put", "data": {"number": number, "text": text}}


def append(wire, *items):
    body = json.dumps(items).encode()
    head = f"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    wire.send(head.encode() + body)
    status, _, answer = wire.response()
    assert status == 201, answer


def single(server, wire, crowd, readers, seconds):
    """The times from the append of one change to each receipt."""
    numbers = itertools.count()

    def change():
        mark = f"mark {next(numbers)}."
        began = time.monotonic()
        append(wire, item("one", HIGHEST, mark))
        return [received - began for received in crowd.wait(mark.encode(), readers)]
    return [one for many in repeated(change, seconds, 0.05) for one in many]


def many(server, wire, crowd, readers, changes):
    """The seconds from the first of many changes to the receipt of the last one by all readers."""
    began = time.monotonic()
    for start in range(0, changes, BATCH):
        append(wire, *(item(number % 100, HIGHEST + number, "x" * 100) for number in range(start, start + BATCH)))
    append(wire, item("last", 2 * HIGHEST, "the last one."))
    return max(crowd.wait(b"the last one.", readers)) - began


def main(readers, filters, changes, stalled, seconds):
    with serving_items() as server, Wire(server, timeout=PATIENCE) as wire:
        append(wire, item("one", HIGHEST, "first"))
        before = memory(server)
        with Crowd(server, [request(number % filters) for number in range(readers)]) as crowd:
            print(f"{readers} readers with {filters} filters: {(memory(server) - before) * 1024 / readers:.1f} KiB each")
            used = processor(server)
            times = single(server, wire, crowd, readers, seconds)
            count = len(times) / readers
            print(f"one change: {latency(times)}; {(processor(server) - used) / count * 1000:.2f} ms of processor time a change")
            lasted = many(server, wire, crowd, readers, changes)
            print(f"{changes} changes in commits of {BATCH}: {changes / lasted:.0f} changes/s to {readers} readers")
        wires = [Wire(server, receive_buffer=4096) for _ in range(stalled)]
        for number, one in enumerate(wires):
            one.send(request(number % filters))
        time.sleep(1)
        before = memory(server)
        for start in range(0, 10 * changes, BATCH):
            append(wire, *(item(number % 100, HIGHEST + number, "x" * 100) for number in range(start, start + BATCH)))
        print(f"{stalled} readers that take nothing while {10 * changes} rows change: {(memory(server) - before) * 1024 / stalled:.1f} KiB each")
        for one in wires:
            one.socket.close()


if __name__ == "__main__":
    main(**vars(sizes(__doc__, readers=1000, filters=10, changes=2000, stalled=100, seconds=5.0)))
