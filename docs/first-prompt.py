#!/usr/bin/env python3
"""Measures how long a server's very first prompt takes to its first chunk, each time in a new process.

    python3 docs/first-prompt.py [--runs N] [--port P] [--prompt TEXT] -- COMMAND...

Starts the command, waits for the first healthy ping, sends one prompt, then the same again on the same connection, and stops the
server; prints each run and the medians. Needs nothing but Python 3.
"""
import argparse
import base64
import json
import os
import signal
import socket
import statistics
import struct
import subprocess
import time


def exactly(sock, count):
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            raise EOFError("the connection ended")
        data += more
    return data


def head(sock):
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += exactly(sock, 1)
    return data


def connect(port):
    sock = socket.create_connection(("127.0.0.1", port), 30)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def await_healthy(port, process):
    while process.poll() is None:
        try:
            with connect(port) as sock:
                sock.sendall(b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if b" 200 " in head(sock).split(b"\r\n")[0]:
                    return
        except (OSError, EOFError):
            pass
        time.sleep(0.01)
    raise SystemExit("the server has ended with exit code %d" % process.returncode)


def upgrade(port):
    sock = connect(port)
    key = base64.b64encode(os.urandom(16)).decode()
    sock.sendall(("GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n" % key).encode())
    assert b" 101 " in head(sock)
    return sock


def prompt(sock, text):
    """Milliseconds to the first chunk."""
    payload = json.dumps({"inputText": text}).encode()
    mask = os.urandom(4)
    frame = bytes([0x81, 0x80 | len(payload)]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
    began = time.perf_counter()
    sock.sendall(frame)
    first = None
    while True:
        opcode, length = exactly(sock, 2)
        if length == 126:
            length = struct.unpack(">H", exactly(sock, 2))[0]
        elif length == 127:
            length = struct.unpack(">Q", exactly(sock, 8))[0]
        message = exactly(sock, length)
        if opcode & 0x0F == 1:
            first = first or (time.perf_counter() - began) * 1000
            if not message.startswith(b'{"type":"chunk"'):
                assert message.startswith(b'{"type":"complete"'), message
                return first


def run(arguments):
    began = time.perf_counter()
    process = subprocess.Popen(arguments.command, stdout=subprocess.DEVNULL)
    try:
        await_healthy(arguments.port, process)
        healthy = (time.perf_counter() - began) * 1000
        with upgrade(arguments.port) as sock:
            return healthy, prompt(sock, arguments.prompt), prompt(sock, arguments.prompt)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--prompt", default="sim chunks=3 delay_ms=0")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    runs = [run(arguments) for _ in range(arguments.runs)]
    for healthy, first, second in runs:
        print("healthy after %6.0f ms   first prompt %7.1f ms   second %7.1f ms" % (healthy, first, second))
    print("median        %6.0f ms                %7.1f ms          %7.1f ms"
          % tuple(statistics.median(column) for column in zip(*runs)))


if __name__ == "__main__":
    main()
