"""Raw HTTP and WebSocket, for requests that real clients do not send."""

import base64
import os
import select
import socket
import struct

from bitacora import PATIENCE


class Wire:
    """A TCP connection with a buffer and a deadline."""

    def __init__(self, server, receive_buffer=None, timeout=PATIENCE):
        self.socket = socket.socket()
        if receive_buffer:
            # Before connecting: it decides the window that is offered.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", server.port))
        self.host = f"127.0.0.1:{server.port}"
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def fill(self):
        """Reads the available bytes; False at the end of the connection."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self.buffer += data
        return bool(data)

    def need(self, count):
        """Reads until the buffer has at least `count` bytes."""
        while len(self.buffer) < count:
            if not self.fill():
                raise EOFError

    def take(self, count):
        self.need(count)
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def take_until(self, mark):
        while mark not in self.buffer:
            if not self.fill():
                raise EOFError
        return self.take(self.buffer.index(mark) + len(mark))

    def is_read(self):
        """Whether the server has read everything that was sent (proc(5), net/tcp: the receive queue of the server's socket)."""
        (_, own), (_, servers) = self.socket.getsockname(), self.socket.getpeername()
        with open("/proc/net/tcp") as table:
            for line in list(table)[1:]:
                _, local, remote, _, queues, *_ = line.split()
                if int(local.split(":")[1], 16) == servers and int(remote.split(":")[1], 16) == own:
                    return int(queues.split(":")[1], 16) == 0
        raise ConnectionError("the server has no such connection")

    def has_answer(self):
        """Whether bytes have come that were not read yet."""
        return bool(self.buffer) or bool(select.select([self.socket], [], [], 0)[0])

    def is_closed(self):
        """Waits for the server to close."""
        while self.fill():
            pass
        return True

    def request(self, method, target, headers=(), body=b"", host=None):
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host or self.host}", *(f"{name}: {value}" for name, value in headers)]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def response(self, has_body=True):
        """The status, the headers in lower case and the body, which needs a Content-Length; an answer to HEAD has none."""
        head = self.take_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in head[1:] if line)}
        return int(head[0].split()[1]), headers, self.take(int(headers.get("content-length", 0)) if has_body else 0)

    def upgrade(self, target="/api/events", headers=()):
        """Asks for a WebSocket; the status of the answer."""
        key = base64.b64encode(os.urandom(16)).decode()
        self.request("GET", target, [
            ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", key), *headers])
        return self.response()[0]

    def read_frame(self):
        """The opcode and the payload of the server's next frame. At a timeout a frame that is not whole stays in the buffer."""
        self.need(2)
        first, length = self.buffer[:2]
        size = {126: 2, 127: 8}.get(length, 0)
        if size:
            self.need(2 + size)
            length = int.from_bytes(self.buffer[2:2 + size], "big")
        self.need(2 + size + length)
        return first & 15, self.take(2 + size + length)[2 + size:]

    def close_code(self):
        """Reads up to the close frame; returns its code."""
        while True:
            opcode, payload = self.read_frame()
            if opcode == 8:
                return struct.unpack("!H", payload[:2])[0]


def frame(opcode, payload=b"", *, final=True, masked=True, reserved=0, length=None):
    """A frame of a client; every rule of the protocol can be broken."""
    first = (0x80 if final else 0) | reserved << 4 | opcode
    size = len(payload) if length is None else length
    mask = 0x80 if masked else 0
    if size < 126:
        header = bytes([first, mask | size])
    elif size < 1 << 16:
        header = bytes([first, mask | 126]) + struct.pack("!H", size)
    else:
        header = bytes([first, mask | 127]) + struct.pack("!Q", size)
    if not masked:
        return header + payload
    key = os.urandom(4)
    return header + key + bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))
