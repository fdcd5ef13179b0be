"""Measures appends while many subscribers have different filters, and while as many have the same filter.

To a topic that no filter matches: the time until the append, and then a request on each event loop, are answered.
To a topic that every filter matches: the time from the append to each receipt.
"""

import itertools
import random

from load import *

TOPICS = 1000
# How many appends there are in a second, and how many wildcards or topics a client has.
RATE, WILDCARDS, EXACT = 14, 60, 64
HEALTH = get("/healthz")


def wildcards(number):
    """The topics of an event stream, and its headers."""
    some = random.Random(number).sample(range(TOPICS), WILDCARDS - 1)
    return [*(f"t{topic}/*" for topic in some), "all/*"], EVENT_STREAM


def exact(number):
    """The topics of a WebSocket, and its headers."""
    return [*(f"s{number}/{topic}" for topic in range(EXACT - 1)), "all/x"], WEBSOCKET


def request(topics, headers):
    return get(f"/api/events?after=live&topics={','.join(topics)}", *headers)


def measure(server, requests, seconds):
    """The times of appends that no filter matches, the times of receipts, and how many processors both took."""
    with Crowd(server, requests) as crowd, Wire(server, timeout=PATIENCE) as wire, contextlib.ExitStack() as stack:
        loops = [stack.enter_context(Wire(server, timeout=PATIENCE)) for _ in range(STREAMS)]
        numbers = itertools.count()

        def unasked():
            begin_append(wire, "none/x", None)
            end_append(wire)
            for loop in loops:
                ask(loop, HEALTH)

        def asked():
            mark = f"mark {next(numbers)}."
            began = time.monotonic()
            begin_append(wire, "all/x", mark)
            times = crowd.wait(mark.encode(), len(requests))
            end_append(wire)
            return [received - began for received in times]

        before, began = processor(server), time.monotonic()
        appends = repeated(lambda: timed(unasked), seconds, 1 / RATE)
        receipts = [one for many in repeated(asked, seconds, 1 / RATE) for one in many]
        return appends, receipts, (processor(server) - before) / (time.monotonic() - began)


def main(clients, seconds):
    for name, topics in [(f"event streams with {WILDCARDS} wildcards", wildcards), (f"WebSockets with {EXACT} topics", exact)]:
        baseline = None
        for filters in (1, clients):
            with serving() as server:
                requests = [request(*topics(number % filters)) for number in range(clients)]
                appends, receipts, cores = measure(server, requests, seconds)
            ratio = f"; {p99(appends) / p99(baseline[0]):.2f} and {p99(receipts) / p99(baseline[1]):.2f} × p99" if baseline else ""
            print(f"{clients} {name}, {filters} filters: none matches: {latency(appends)}; all match: {latency(receipts)}; {cores:.2f} cores{ratio}")
            baseline = appends, receipts


if __name__ == "__main__":
    main(**vars(sizes(__doc__, clients=1000, seconds=5.0)))
