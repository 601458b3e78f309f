#!/usr/bin/env python3
"""Measures how long a server takes from the start of its process to its first healthy /ping and to the first chunk of an answer, beside a
minimal Node server and a plain Python one, in turns, so that a machine whose speed drifts is fair to all.

Run it from the project's root, after `mvn package`; it needs a JDK 25, Node with npm, and Debian's python3-starlette, python3-uvicorn and
python3-websockets:

    python3 loadtest/peers/cold_start.py --rounds 9 --java JDK25/bin/java --out /tmp/cold

First it makes an AOT cache, as the image has one (JEP 483, 514, 515), from a run of real turns. Printed are medians, and at the end where
the time of one start goes. Each start is a process of its own, and only one server runs at a time.
"""
import argparse
import base64
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import time
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SERVER = ROOT / "server/target/bargein-server.jar"
LOADTEST = ROOT / "loadtest/target/bargein-loadtest.jar"
OPTIONS = ROOT / "server/src/container/java.options"
LIMIT_SECONDS = 60
PROMPT = "sim chunks=5 bytes=24 delay_ms=1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def healthy(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
            return answer.startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False


def read(connection, count):
    got = b""
    while len(got) < count:
        more = connection.recv(count - len(got))
        if not more:
            sys.exit("the server closed the connection (expected: an answer)")
        got += more
    return got


def first_chunk(port):
    """Upgrades, asks, and returns when the first message of the answer is here."""
    with socket.create_connection(("127.0.0.1", port), LIMIT_SECONDS) as connection:
        connection.sendall(b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + base64.b64encode(os.urandom(16)) + b"\r\n\r\n")
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += read(connection, 1)
        text = json.dumps({"inputText": PROMPT}).encode()
        mask = os.urandom(4)
        connection.sendall(struct.pack("!BB", 0x81, 0x80 | len(text)) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(text)))
        length = read(connection, 2)[1]
        message = read(connection, struct.unpack("!H", read(connection, 2))[0] if length == 126 else length)
        if json.loads(message).get("type") != "chunk":
            sys.exit(f"{message.decode()} (expected: a chunk)")


def stop(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def start(command, environment, log):
    return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **environment})


def measure(command, environment, port, log):
    """Returns milliseconds to the first healthy ping, from there to the first chunk, and the resident size in MiB then."""
    began = time.monotonic()
    process = start(command, environment, log)
    try:
        while not healthy(port):
            if process.poll() is not None or time.monotonic() - began > LIMIT_SECONDS:
                sys.exit(f"{' '.join(map(str, command))}: not healthy (see {log.name})")
            time.sleep(0.001)
        pinged = time.monotonic()
        first_chunk(port)
        answered = time.monotonic()
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        rss = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024
    finally:
        stop(process)
    return (pinged - began) * 1000, (answered - pinged) * 1000, rss


def java_options(out):
    """The image's, with the native libraries laid out here, as they are there."""
    natives = out / "native"
    natives.mkdir(exist_ok=True)
    with zipfile.ZipFile(SERVER) as jar:
        for name in jar.namelist():
            if name.startswith("META-INF/native/") and name.endswith(".so"):
                (natives / pathlib.PurePath(name).name).write_bytes(jar.read(name))
    lines = [line for line in OPTIONS.read_text().splitlines() if line.startswith("-") and "library.path" not in line]
    return lines + [f"-Djava.library.path={natives}"]


def stand_in(java, out):
    port = free_port()
    process = start([java, "-jar", LOADTEST, "standin", "--port", str(port)], {}, open(out / "standin.log", "w"))
    deadline = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process, port
        except OSError:
            time.sleep(0.05)
    sys.exit(f"the stand-in does not listen (see {out}/standin.log)")


def bedrock(port, warm_up):
    return {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "us-east-1", "BARGEIN_WARM_UP": warm_up,
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": f"http://127.0.0.1:{port}"}


def train(java, options, upstream, out):
    """Makes the AOT cache, from a server that has rehearsed and then answered over the wire."""
    cache = out / "server.aot"
    port = free_port()
    log = open(out / "training.log", "w")
    server = start([java, *options, f"-XX:AOTCacheOutput={cache}", "-jar", SERVER, "--port", str(port)],
                   bedrock(upstream, "local"), log)
    deadline = time.monotonic() + LIMIT_SECONDS
    while not healthy(port):
        if server.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"the training run is not healthy (see {log.name})")
        time.sleep(0.05)
    subprocess.run([java, "-jar", LOADTEST, "run", "--url", f"ws://127.0.0.1:{port}/ws", "--connections", "4", "--rate", "8",
                    "--warmup", "1s", "--duration", "5s"], check=False, capture_output=True)
    server.send_signal(signal.SIGTERM)
    server.wait()
    if not cache.exists():
        sys.exit(f"no AOT cache was written (expected: a JDK 25; see {log.name})")
    return cache


def parts(command, environment, port, out):
    """Has one start say where its time goes, and counts its classes."""
    classes = out / "classes.log"
    log = out / "parts.log"
    process = start([command[0], f"-Xlog:class+load:file={classes}", *command[1:]], {**environment, "BARGEIN_LOG_LEVEL": "debug",
                    "BARGEIN_LOG_FORMAT": "plain"}, open(log, "w"))
    while not healthy(port):
        time.sleep(0.001)
    loaded = classes.read_text().splitlines()
    stop(process)
    said = re.search(r"start-up: (.*)", log.read_text())[1]
    return [part.rsplit(" ", 2)[:2] for part in said.split(", ")], len(loaded), sum("shared objects" in line for line in loaded)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--java", default=shutil.which("java"), help="the java of a JDK 25")
    parser.add_argument("--python", default="/usr/bin/python3", help="the Python that has starlette and uvicorn")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="where the cache and the logs go")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    java, out = arguments.java, arguments.out.resolve()
    if not (HERE / "node-ws/node_modules").exists():
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"], cwd=HERE / "node-ws", check=True)
    behind, upstream = stand_in(java, out)
    try:
        options = java_options(out)
        cache = train(java, options, upstream, out)
        aot = [java, *options, f"-XX:AOTCache={cache}", "-jar", SERVER]
        plain = [java, *options, "-jar", SERVER]
        demo = {"BARGEIN_BACKEND": "demo"}
        targets = {
            "Node ws": (["node", HERE / "node-ws/server.mjs"], {}),
            "Python starlette": ([arguments.python, HERE / "starlette-ws/server.py"], {}),
            "Bargein, demo": (aot, demo),
            "Bargein, demo, no AOT cache": (plain, demo),
            "Bargein, Bedrock": (aot, bedrock(upstream, "none")),
            "Bargein, Bedrock, warm-up local": (aot, bedrock(upstream, "local")),
        }
        found = {name: [] for name in targets}
        for number in range(arguments.rounds):
            for name, (command, environment) in targets.items():
                port = free_port()
                ports = [str(port)] if command[0] not in (java,) else ["--port", str(port)]
                with open(out / f"{re.sub('[^a-z]+', '-', name.lower())}.log", "w") as log:
                    found[name].append(measure([*command, *ports], environment, port, log))
            print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr)
        print(f"| {'medians of ' + str(arguments.rounds):32} | first ping, ms | first chunk after that, ms | RSS MiB | ping: of Node's |")
        print("| --- | ---: | ---: | ---: | ---: |")
        node = statistics.median(ping for ping, _, _ in found["Node ws"])
        for name, values in found.items():
            ping, chunk, rss = (statistics.median(value[i] for value in values) for i in range(3))
            print(f"| {name:32} | {ping:14.0f} | {chunk:26.1f} | {rss:7.0f} | {ping / node:15.2f} |")
        port = free_port()
        where, classes, cached = parts([*aot, "--port", str(port)], demo, port, out)
        print(f"\nWhere one start goes (demo, AOT cache, {classes} classes loaded, {cached} of them from the cache; with the log of them switched on):\n")
        for name, ms in where:
            print(f"| {name:20} | {float(ms):6.1f} ms |")
    finally:
        stop(behind)


if __name__ == "__main__":
    main()
