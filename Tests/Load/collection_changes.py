"""Measures the changes of a collection to many readers with a few different filters, beside readers of the plain events.

One row at a time: from the append to each receipt. Many rows: how many changes a second reach all readers. For both, how
often the server encoded a change. Then the memory of the server with readers that take nothing while rows change, beside the
same changes without these readers. The readers are WebSockets, or event streams with --streams.
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
# The rows change in turns. A changed row has the highest number, and so moves to the first place of all windows.
ROWS = 100
NUMBERS = itertools.count(1_000_000)
# How many events one request appends while many rows change, and the bytes of the text of a row meanwhile.
BATCH, TEXT, LONG_TEXT = 20, 100, 1000


@contextlib.contextmanager
def serving_items():
    """A server with all rows, and a connection to it. Each measurement has its own: memory that was freed is used again."""
    with tempfile.TemporaryDirectory(prefix="bitacora-load-app-") as folder:
        Path(folder, "app.json").write_text(json.dumps(APPLICATION))
        with serving("--app", folder) as server, Wire(server, timeout=PATIENCE) as wire:
            change(wire, ROWS, TEXT)
            yield server, wire


def rows_request(number, headers):
    """A reader of the first 50 rows; each filter matches all rows."""
    return get(f"/api/collections/items?where[number][gte]={number}&sort=-number&limit=50", *headers)


def events_request(number, headers):
    """A reader of the same changes as plain events."""
    return get(f"/api/events?after=live&topics=items/*,other/{number}", *headers)


def item(text):
    number = next(NUMBERS)
    return {"topic": f"items/{number % ROWS}", "type": "item.put", "data": {"number": number, "text": text}}


def begin_items(wire, *items):
    wire.request("POST", "/api/events", [("Content-Type", "application/json")], json.dumps(items).encode())


def change(wire, count, size):
    """Changes rows with a text of `size` bytes, `BATCH` of them in a commit."""
    for start in range(0, count, BATCH):
        begin_items(wire, *(item("x" * size) for _ in range(min(BATCH, count - start))))
        end_append(wire)


def anonymous(server):
    """The server's memory in MiB, without the file of the log that it has mapped."""
    return memory(server, "RssAnon")


def encoded(wire):
    """How many messages the server has encoded for readers of rows."""
    wire.request("GET", "/api/collections")
    status, _, body = wire.response()
    assert status == 200, body
    return json.loads(body)["live"]["encodedMessages"]


def single(server, wire, crowd, readers, seconds):
    """The times from the append of one change to each receipt, and the processor time of a change."""
    marks = itertools.count()

    def once():
        mark = f"mark {next(marks)}."
        began = time.monotonic()
        begin_items(wire, item(mark))
        times = crowd.wait(mark.encode(), readers)
        end_append(wire)
        return [received - began for received in times]
    used = processor(server)
    changes = repeated(once, seconds, 0.05)
    return [one for many in changes for one in many], (processor(server) - used) / len(changes)


def many(wire, crowd, readers, changes):
    """The seconds from the first of many changes to the receipt of the last one by all readers."""
    began = time.monotonic()
    change(wire, changes, TEXT)
    begin_items(wire, item("the last one."))
    last = max(crowd.wait(b"the last one.", readers))
    end_append(wire)
    return last - began


def measure(name, requests, changes, seconds):
    """Prints the figures of readers. Returns the times of receipts and the number of changes a second."""
    readers = len(requests)
    with serving_items() as (server, wire), contextlib.ExitStack() as stack:
        before = anonymous(server)
        crowd = stack.enter_context(Crowd(server, requests))
        print(f"{name}: memory {before:.1f} MiB, and {(anonymous(server) - before) * 1024 / readers:.1f} KiB for each of {readers} readers")
        messages = encoded(wire)
        times, used = single(server, wire, crowd, readers, seconds)
        each = (encoded(wire) - messages) / (len(times) / readers)
        print(f"{name}: one change: {latency(times)}; {used * 1000:.2f} ms of processor time and {each:.2f} encodings a change")
        messages = encoded(wire)
        lasted = many(wire, crowd, readers, changes)
        commits = -(-changes // BATCH) + 1
        each = (encoded(wire) - messages) / commits
        print(f"{name}: {changes} changes in commits of {BATCH}: {changes / lasted:.0f} changes/s, {changes * readers / lasted:.0f} deliveries/s; {each:.2f} encodings a commit")
    return times, changes / lasted


def stalled(requests, changes):
    """Prints how the memory grows while rows change, without and with readers that take nothing."""
    with serving_items() as (server, wire), contextlib.ExitStack() as stack:
        # The server knows as many changes as before after that.
        change(wire, changes, LONG_TEXT)
        before = anonymous(server)
        change(wire, changes, LONG_TEXT)
        without = anonymous(server) - before
        wires = [stack.enter_context(Wire(server, receive_buffer=4096)) for _ in requests]
        for one, request in zip(wires, requests):
            one.send(request)
            # The answer to the upgrade, or the head of the stream.
            one.take_until(b"\r\n\r\n")
        connected = anonymous(server)
        change(wire, changes, LONG_TEXT)
        grown = anonymous(server) - connected
        print(f"{changes} changes of {LONG_TEXT} bytes: {without:.1f} MiB more memory; {grown:.1f} MiB more beside {len(wires)} readers that take nothing")


def main(readers, filters, changes, stalls, seconds, streams):
    headers = EVENT_STREAM if streams else WEBSOCKET
    print(f"{readers} {'event streams' if streams else 'WebSockets'} with {filters} filters, all of which match each change")
    figures = [
        measure(name, [request(number % filters, headers) for number in range(readers)], changes, seconds)
        for name, request in [("events", events_request), ("rows", rows_request)]]
    (event_times, event_rate), (row_times, row_rate) = figures
    print(f"rows beside events: {p99(row_times) / p99(event_times):.2f} × p99, {row_rate / event_rate:.2f} × changes/s")
    stalled([rows_request(number % filters, headers) for number in range(stalls)], 10 * changes)


if __name__ == "__main__":
    main(**vars(sizes(__doc__, readers=1000, filters=10, changes=2000, stalls=100, seconds=5.0, streams=False)))
