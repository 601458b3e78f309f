#!/usr/bin/env python3
"""Runs an image's root file system as an engine would, and checks what it promises: .ci/container calls it.

In namespaces of its own, so nothing but loopback is reached. The root is mounted read-only, with /proc and four devices and no /tmp; the
process gets the image's entry point, user and variables. Needs Debian's python3-websockets.
"""
import argparse
import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import websockets

ADDRESS = "127.0.0.1:8080"
ENDLESS = "sim chunks=1000000 bytes=24 delay_ms=20"
SHORT = "sim chunks=3 bytes=20 delay_ms=0"
ANSWER = "0 abcdefghijklmnopqr1 abcdefghijklmnopqr2 abcdefghijklmnopqr"
ACCOUNT = {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "checks", "AWS_SECRET_ACCESS_KEY": "checks"}

failures = []
passed = 0


def check(what, holds, seen):
    global passed
    if holds:
        passed += 1
        print("ok      %s: %s" % (what, seen), flush=True)
    else:
        failures.append(what)
        print("FAILED  %s: %s" % (what, seen), flush=True)


def mounted_read_only(image_root):
    """What an engine's --read-only gives, without its /dev/shm."""
    root = tempfile.mkdtemp()
    run = lambda *command: subprocess.run(command, check=True)
    run("mount", "--bind", image_root, root)
    run("mount", "-t", "proc", "proc", root + "/proc")
    run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", root + "/dev")
    for device in ("null", "zero", "random", "urandom"):
        open(root + "/dev/" + device, "w").close()
        run("mount", "--bind", "/dev/" + device, root + "/dev/" + device)
    run("mount", "-o", "remount,ro", root + "/dev")
    run("mount", "-o", "remount,bind,ro", root)
    return root


class Container:
    """One process of the image, from its start to its end."""

    def __init__(self, root, config, limit, **environment):
        variables = dict(variable.split("=", 1) for variable in config["Env"])
        variables.update(environment)
        self.limit = limit
        self.log = []
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            ["chroot", "--userspec=" + config["User"], "--groups=", root] + config["Entrypoint"] + config.get("Cmd", []),
            env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self.read_log, daemon=True).start()

    def read_log(self):
        for line in self.process.stdout:
            self.log.append(line.rstrip())

    def first_ping(self, *statuses):
        """Waits for a ping with one of these statuses; returns status, body and milliseconds since the start."""
        while time.monotonic() - self.began < self.limit:
            if self.process.poll() is not None:
                break
            status, body = ping()
            if status in statuses:
                return status, body, (time.monotonic() - self.began) * 1000
            time.sleep(0.002)
        return None, "\n".join(self.log), (time.monotonic() - self.began) * 1000

    def log_with(self, text):
        """The log so far; it is written by a thread of its own, so it waits a little for what has to be in it."""
        for _ in range(200):
            if any(text in line for line in self.log):
                break
            time.sleep(0.05)
        return "\n".join(self.log)

    def stop(self):
        """SIGTERM; returns the exit code and the milliseconds to it."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.ended(began)

    def ended(self, began):
        try:
            code = self.process.wait(self.limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "killed, as SIGTERM did not end it"
        return code, (time.monotonic() - began) * 1000


def http(path, body=None, accept="*/*"):
    request = urllib.request.Request("http://" + ADDRESS + path, data=body and body.encode(), headers={"Accept": accept})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()
    except OSError:
        return None, ""


def ping():
    return http("/ping")


def check_config(config, architecture, expected):
    check("architecture", architecture == expected, architecture)
    check("user", re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", config.get("User", "")), config.get("User", "") or "root")
    check("port", list(config["ExposedPorts"]) == ["8080/tcp"], list(config["ExposedPorts"]))
    entry = config["Entrypoint"]
    check("entry point without a shell", entry[0].endswith("/java"), entry)
    labels = [name for name in config["Labels"] if name.startswith("org.opencontainers.image.")]
    check("labels", len(labels) >= 5, len(labels))
    check("defaults", {"BARGEIN_BACKEND=bedrock", "BARGEIN_WARM_UP=local"} <= set(config["Env"]), config["Env"])


def unwritable(pid, root):
    """Whether even root finds no place to write, from where the process stands."""
    places = ["/", "/tmp/", "/var/tmp/", "/home/bargein/", "/opt/bargein/", "/dev/"]
    written = []
    for place in places:
        try:
            with open("/proc/%d/root%s%s" % (pid, place, "written"), "w"):
                written.append(place)
        except OSError:
            pass
    return written


def held_up(log):
    """Whether nothing is wrong with the rehearsal but that it went past its own limits: 5 s for a read, 20 s in all."""
    complaints = [line for line in log if "warm-up: " in line]
    return complaints and all("still at it" in line or "turns could not be rehearsed" in line and "SocketTimeoutException" in line
                              for line in complaints)


def rehearsed(root, config, limit, attempts):
    """Starts it as it comes, and again if this machine holds the rehearsal up; returns it, and what it first and then answered to pings."""
    while True:
        container = Container(root, config, limit, JAVA_TOOL_OPTIONS="-XX:AOTMode=on", **ACCOUNT)
        first = container.first_ping(200, 503)
        warm = container.first_ping(200) if first[0] else first
        attempts -= 1
        if first[0] is None or attempts == 0 or not held_up(container.log_with("warmed up").splitlines()):
            return container, first, warm
        container.stop()
        print("told    held up at its rehearsal: once more", flush=True)


def check_default(root, config, limit, emulated):
    """As it comes: Bedrock, rehearsed. Its cache is not optional here, so a cache that does not fit ends the process."""
    container, (status, body, millis), warm = rehearsed(root, config, limit, 1 if emulated else 3)
    if status == 200:
        print("told    not asked before it was warm: healthy after %d ms" % millis, flush=True)
    else:
        check("not healthy before it is warm", status == 503, "%s after %d ms" % (status or body, millis))
    if status is None:
        container.stop()
        return
    status, body, millis = warm
    check("healthy once it is warm", status == 200 and json.loads(body)["status"] == "Healthy", "%s after %d ms" % (body, millis))
    log = container.log_with("warmed up")
    listening = re.search(r"listening on \S+ over (\w+)", log)
    check("native transport", listening and listening[1] == "EPOLL", listening and listening[0])
    warmed = re.search(r"warmed up: (\d+) turns", log)
    # The rehearsal has time limits of its own, which an emulated processor may miss: then the server says so, and is healthy without.
    check("rehearsed through the AWS SDK", warmed and (emulated or int(warmed[1]) > 0), warmed and warmed[0])
    pid = container.process.pid
    uid = int(re.search(r"^Uid:\s+(\d+)", open("/proc/%d/status" % pid).read(), re.M)[1])
    check("not root", uid == int(config["User"].split(":")[0]) and uid != 0, "uid %d" % uid)
    written = unwritable(pid, root)
    check("nothing can be written to", not written, written or "not by root either")
    code, millis = container.stop()
    check("SIGTERM ends it", code == 0, "exit code %s after %d ms" % (code, millis))
    # That the option was picked up, and that a machine with nothing but a loopback has no hardware address, come from these checks.
    ours = ('"level":"INFO"', "Picked up JAVA_TOOL_OPTIONS", "MacAddressUtil") + (("warm-up: ",) if emulated else ())
    warnings = [line for line in container.log if not any(text in line for text in ours)]
    check("no warning in its log", not warnings, warnings or "none")


async def converse():
    async with websockets.connect("ws://%s/ws" % ADDRESS, open_timeout=60) as peer:
        await peer.send(json.dumps({"inputText": ENDLESS}))
        seen = ""
        for _ in range(3):
            seen += json.loads(await peer.recv())["data"]
        await peer.send(json.dumps({"inputText": SHORT}))
        messages = []
        while not messages or "fullResponse" not in messages[-1]:
            messages.append(json.loads(await peer.recv()))
        interrupted = next(i for i, message in enumerate(messages) if message.get("type") == "interrupted")
        seen += "".join(message["data"] for message in messages[:interrupted])
        check("interrupted, with what was seen", messages[interrupted]["partialResponse"] == seen, "%d characters" % len(seen))
        after = "".join(message.get("data", "") for message in messages[interrupted + 1:])
        check("and only the new answer behind it", after == messages[-1]["fullResponse"] == ANSWER, after)


async def drain(container):
    """SIGTERM while one connection is idle and another one's turn runs."""
    async with websockets.connect("ws://%s/ws" % ADDRESS, open_timeout=60) as idle, \
            websockets.connect("ws://%s/ws" % ADDRESS, open_timeout=60) as busy:
        await idle.send(json.dumps({"inputText": SHORT}))
        while "fullResponse" not in json.loads(await idle.recv()):
            pass
        await busy.send(json.dumps({"inputText": "sim chunks=20 bytes=24 delay_ms=50"}))
        await busy.recv()
        began = time.monotonic()
        container.process.send_signal(signal.SIGTERM)
        messages = []
        try:
            while True:
                messages.append(json.loads(await busy.recv()))
        except websockets.ConnectionClosed:
            pass
        check("a running turn may end when it is told to stop", messages and messages[-1].get("type") == "complete",
              messages[-1].get("type") if messages else "nothing")
        await idle.wait_closed()
        check("and both are closed with 1001", (idle.close_code, busy.close_code) == (1001, 1001), (idle.close_code, busy.close_code))
    code, millis = await asyncio.get_running_loop().run_in_executor(None, container.ended, began)
    check("and the process ends", code == 0, "exit code %s after %d ms" % (code, millis))


def check_conversation(root, config, limit):
    container = Container(root, config, limit, BARGEIN_BACKEND="demo", BARGEIN_WARM_UP="none")
    status, body, millis = container.first_ping(200)
    if status is None:
        check("the demo backend", False, body)
        return
    asyncio.run(converse())
    status, body = http("/invocations", json.dumps({"prompt": SHORT}))
    check("invocation", status == 200 and json.loads(body)["response"] == ANSWER, body)
    status, body = http("/invocations", json.dumps({"inputText": SHORT}), "text/event-stream")
    check("invocation as a stream", status == 200 and '"fullResponse":"%s"' % ANSWER in body, body.strip().splitlines()[-1])
    asyncio.run(drain(container))


def print_cold_starts(root, config, limit, runs):
    """Told, not judged: milliseconds from the start of the process to the first healthy ping."""
    for what, environment in (("demo, --warm-up none", {"BARGEIN_BACKEND": "demo", "BARGEIN_WARM_UP": "none"}),
                              ("bedrock, --warm-up none", {"BARGEIN_WARM_UP": "none", **ACCOUNT}),
                              ("demo, --warm-up none, without the AOT cache",
                               {"BARGEIN_BACKEND": "demo", "BARGEIN_WARM_UP": "none", "JAVA_TOOL_OPTIONS": "-XX:AOTMode=off"}),
                              ("bedrock, --warm-up local", {**ACCOUNT})):
        times = []
        for _ in range(runs):
            container = Container(root, config, limit, **environment)
            times.append(container.first_ping(200)[2])
            memory = int(re.search(r"^VmRSS:\s+(\d+)", open("/proc/%d/status" % container.process.pid).read(), re.M)[1])
            container.stop()
        print("told    cold start, %s: %s ms; %d MB resident" % (what, ", ".join("%d" % t for t in sorted(times)), memory / 1024), flush=True)


def size_of(folder):
    return sum(os.lstat(os.path.join(at, name)).st_size for at, _, names in os.walk(folder) for name in names)


def check_size(root, layers, largest):
    blobs = json.load(open(layers + "/index.json"))["manifests"][0]["digest"].split(":")[1]
    packed = sum(layer["size"] for layer in json.load(open(layers + "/blobs/sha256/" + blobs))["layers"])
    parts = {"runtime": size_of(root + "/opt/bargein/java"), "AOT cache": size_of(root + "/opt/bargein") - sum(
        size_of(root + "/opt/bargein/" + part) for part in ("java", "native")) - os.path.getsize(root + "/opt/bargein/bargein-server.jar")}
    parts["jar"] = os.path.getsize(root + "/opt/bargein/bargein-server.jar")
    whole = size_of(root)
    parts["the rest"] = whole - sum(parts.values())
    check("size", packed < largest, "%.1f MB, packed for a registry %.1f MB: %s" % (
        whole / 1e6, packed / 1e6, ", ".join("%s %.1f" % (name, size / 1e6) for name, size in parts.items())))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--layers", required=True)
    parser.add_argument("--arch", required=True)
    parser.add_argument("--emulated", action="store_true")
    arguments = parser.parse_args()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    image = json.load(open(arguments.image))["OCIv1"]
    config = image["config"]
    limit = 600 if arguments.emulated else 60
    check_config(config, image["architecture"], arguments.arch)
    check_size(arguments.root, arguments.layers, 120e6)
    root = mounted_read_only(arguments.root)
    check_default(root, config, limit, arguments.emulated)
    check_conversation(root, config, limit)
    print_cold_starts(root, config, limit, 1 if arguments.emulated else 3)
    print("%d passed, %d failed" % (passed, len(failures)))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
