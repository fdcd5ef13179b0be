"""A fake server in the test: it sees every request and frame of the client in a page, and the test decides the answers."""

import json
import time
from urllib.parse import parse_qs, urlsplit

from bitacora import PATIENCE


class Fake:
    """Answers what a page asks at `/fake/`: polls wait until `answer`, posts are `ok` unless `holds_posts`."""

    def __init__(self, context):
        self.page = None
        self.requests = []
        self.polls = []
        self.posts = []
        self.held = []
        self.holds_posts = False
        self.sockets = []
        self.frames = []
        context.route("**/fake**", self._asked)
        context.route_web_socket("**/fake**", self._opened)

    def _asked(self, route):
        self.requests.append(route.request)
        if route.request.method == "GET":
            self.polls.append(route)
            return
        self.posts.append(route.request.post_data)
        if self.holds_posts:
            self.held.append(route)
        else:
            route.fulfill(body="ok", content_type="text/html")

    def _opened(self, socket):
        self.sockets.append(socket)
        socket.on_message(lambda frame: self.frames.append(frame))

    def wait(self, condition):
        """Waits until the condition holds, while the page continues."""
        deadline = time.monotonic() + PATIENCE
        while not (value := condition()):
            assert time.monotonic() < deadline, f"posts {self.posts}, frames {self.frames}, {len(self.polls)} polls"
            self.page.wait_for_timeout(5)
        return value

    def quiet(self, duration=150):
        """Gives the page time for what it should not do. What it should do is awaited with `wait`."""
        self.page.wait_for_timeout(duration)

    # Polling

    def answer(self, *packets, status=200):
        """Answers the waiting poll, or the next one."""
        self.wait(lambda: self.polls)
        self.polls.pop(0).fulfill(status=status, body="\x1e".join(packets), content_type="text/plain; charset=UTF-8")

    def next_post(self):
        self.wait(lambda: self.posts)
        return self.posts.pop(0)

    def release_post(self):
        self.wait(lambda: self.held)
        self.held.pop(0).fulfill(body="ok", content_type="text/html")

    # WebSocket

    def next_socket(self):
        self.wait(lambda: self.sockets)
        return self.sockets.pop(0)

    def next_frame(self):
        self.wait(lambda: self.frames)
        return self.frames.pop(0)

    # Start of a session

    def open(self, sid="engine", upgrades=(), **more):
        """A session over polling, joined to the main namespace."""
        self.answer(opening(sid, upgrades, **more))
        connect = self.next_post()
        self.answer('40{"sid":"socket"}')
        self.wait(lambda: self.page.evaluate("socket.connected"))
        return connect

    def open_socket(self, **more):
        """The same over a WebSocket."""
        socket = self.next_socket()
        socket.send(opening("engine", **more))
        connect = self.next_frame()
        socket.send('40{"sid":"socket"}')
        self.wait(lambda: self.page.evaluate("socket.connected"))
        return socket, connect


def opening(sid, upgrades=(), interval=25_000, timeout=20_000, payload=1_000_000):
    return "0" + json.dumps({
        "sid": sid, "upgrades": list(upgrades), "pingInterval": interval, "pingTimeout": timeout, "maxPayload": payload})


def query(request):
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query, keep_blank_values=True).items()}
