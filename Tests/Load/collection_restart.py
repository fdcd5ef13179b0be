"""Measures the start of a server with a large collection: until it answers a query of the rows, without and with a snapshot.

Beside it the start of the same log without application (--bare), and the memory of a row. The time to stop includes the
storing of the snapshot.
"""

from load import *

APPLICATION = {
    "topics": {"orders/{order}": {"order.placed": {}}},
    "collections": {
        "orders": {
            "from": "orders/*", "key": "topic.order", "index": ["customer"],
            "on": {"order.placed": {"put": {"customer": "data.customer", "total": "data.total", "status": "=placed", "placed": "time"}}},
        },
        "customers": {"of": "orders", "by": "customer", "fields": {"orders": "count", "spent": "sum total"}},
    },
}
QUERY = get("/api/collections/orders?where[customer]=customer-7&sort=-total&limit=50")


def fill_orders(server, rows):
    """Imports one event for each row into the log of a server that does not run."""
    file = server.directory / "events.jsonl"
    with open(file, "w") as lines:
        for number in range(rows):
            # The factor is a prime number, so that no key occurs twice.
            data = {"customer": f"customer-{number % 9973}", "total": number % 1000 + 0.25, "currency": "EUR", "items": 3}
            event = {"topic": f"orders/{number * 15_485_863 % rows}", "type": "order.placed", "data": data}
            lines.write(json.dumps(event) + "\n")
    result = server.tool("import", "--no-ids", file)
    assert result.returncode == 0, result.stderr
    file.unlink()


def started(server, request):
    """The time from the start of the process until it answers a request, as text, and its memory in MiB then."""
    began = time.monotonic()
    server.start()
    with Wire(server, timeout=PATIENCE) as wire:
        ask(wire, request)
    return f"{time.monotonic() - began:.2f} s ({processor(server):.2f} s of processor time)", memory(server, "RssAnon")


def stopped(server):
    assert server.stop() == 0, server.stderr


def main(rows):
    with serving("--bare") as server, tempfile.TemporaryDirectory(prefix="bitacora-load-app-") as folder:
        Path(folder, "app.json").write_text(json.dumps(APPLICATION))
        stopped(server)
        fill_orders(server, rows)
        bare, bare_memory = started(server, get("/healthz"))
        stopped(server)
        server.options = ("--app", folder)
        folding, folded_memory = started(server, QUERY)
        storing = timed(stopped, server)
        loading, loaded_memory = started(server, QUERY)
        print(f"{rows} rows, until a query is answered: {loading} with a snapshot, {folding} without; {bare} without application")
        sizes = [(used - bare_memory) * (1 << 20) / rows for used in (loaded_memory, folded_memory)]
        print(f"memory of a row: {sizes[0]:.0f} bytes with a snapshot, {sizes[1]:.0f} after the fold; stopping with a snapshot {storing:.2f} s")


if __name__ == "__main__":
    main(**vars(sizes(__doc__, rows=1_000_000)))
