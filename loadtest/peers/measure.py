#!/usr/bin/env python3
"""Measures the server beside a minimal Node server of the same protocol, in turns, so that a machine whose speed drifts is fair to both.

Run it from the project's root, after `mvn package`; it needs Node with npm, and nothing of Python's but itself:

    python3 loadtest/peers/measure.py --rounds 3 --out /tmp/figures

Each round measures every target once with every plan. What is printed is each figure's median over the rounds, and the median of the
rounds' ratios to Node; a target that failed says with how many errors. All reports stay in the folder named by --out.
"""
import argparse
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SERVER = ROOT / "server/target/bargein-server.jar"
LOADTEST = ROOT / "loadtest/target/bargein-loadtest.jar"
ONE_FRAME_A_CHUNK = ["--frames-per-second", "0", "--merging", "never"]
READY_SECONDS = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(command, port, log, **environment):
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **environment})
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process
        except OSError:
            time.sleep(0.05)
    sys.exit(f"{' '.join(command)}: does not listen on {port} (expected: within {READY_SECONDS} s; see {log.name})")


def targets(names, java, out, history):
    """Starts each target, and returns its processes, its URL, and what stands in for Bedrock behind it."""
    started = {}
    flags = [*ONE_FRAME_A_CHUNK, "--conversation-messages", str(history)]
    for name in names:
        port = free_port()
        log = open(out / f"{name}.log", "w")
        behind = []
        stand_in = None
        if name == "node":
            command = ["node", str(HERE / "node-ws/server.mjs"), str(port)]
            environment = {}
        elif name == "demo":
            command = [java, "-jar", str(SERVER), "--backend", "demo", "--port", str(port), *flags]
            environment = {}
        else:
            bedrock = free_port()
            behind.append(start([java, "-jar", str(LOADTEST), "standin", "--port", str(bedrock)], bedrock, open(out / "standin.log", "w")))
            stand_in = f"http://127.0.0.1:{bedrock}"
            command = [java, "-jar", str(SERVER), "--port", str(port), *flags]
            environment = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "us-east-1",
                           "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": stand_in}
        started[name] = (start(command, port, log, **environment), behind, f"ws://127.0.0.1:{port}/ws", stand_in)
    return started


def measure(java, plan, connections, target, arguments, report):
    process, _, url, stand_in = target
    command = [java, "-jar", str(LOADTEST), "run", "--url", url, "--plan", plan, "--connections", str(connections),
               "--duration", arguments.duration, "--pid", str(process.pid), "--json", str(report)]
    if stand_in and plan == "interrupt":
        command += ["--standin", stand_in]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return json.loads(report.read_text())


def figures(plan, report):
    """The figures to print, by name; a smaller one is better but for the rate."""
    measured = report["measured"]
    cpu = report["cpu_seconds_per_million_chunks"]
    errors = {}
    if report["verdict"] != "PASS":
        errors["errors and broken rules"] = sum(measured["counts"][name] for name in ("errors", "violations", "unexpected_closes"))
    if plan == "throughput":
        found = {"chunks/s": measured["rates"]["chunks"]}
        if cpu is not None:
            found["CPU s per million chunks"] = cpu
        return found | errors
    found = {}
    for metric in ("interrupt", "redirect", "upstream_cancel"):
        for percentile in ("p50", "p99"):
            if metric in measured["latencies"]:
                found[f"{metric} {percentile}, ms"] = measured["latencies"][metric][f"{percentile}_ms"]
    for percentile in ("p50", "p99"):
        found[f"floor: interrupt {percentile}, ms"] = report["floor"]["latencies"]["interrupt"][f"{percentile}_ms"]
    return found | errors


def show(results, names):
    for (plan, connections), rounds in results.items():
        print(f"\n{plan}, {connections} connections, {len(rounds)} rounds\n")
        print(f"| {'':34} | " + " | ".join(f"{name:>22}" for name in names) + " |")
        print("| --- | " + " | ".join("---:" for _ in names) + " |")
        rows = dict.fromkeys(figure for each in rounds for name in names for figure in each[name])
        for figure in rows:
            cells = []
            for name in names:
                values = [each[name][figure] for each in rounds if figure in each[name]]
                cell = f"{statistics.median(values):,.3f}" if values else "-"
                ratios = [each[name][figure] / each["node"][figure] for each in rounds
                          if name != "node" and figure in each[name] and each.get("node", {}).get(figure)]
                if ratios:
                    cell += f" ({statistics.median(ratios):.2f} x)"
                cells.append(f"{cell:>22}")
            print(f"| {figure:34} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--duration", default="8s")
    parser.add_argument("--connections", default="128,1000", help="by comma")
    parser.add_argument("--targets", default="node,demo,bedrock", help="by comma: node, demo, bedrock (through the SDK, to the stand-in)")
    parser.add_argument("--conversation-messages", type=int, default=40,
                        help="what the server remembers; a thousand conversations of long answers want less than its default of 40")
    parser.add_argument("--java", default=shutil.which("java"), help="the java to run the server and the load tester with")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="where reports and logs go")
    arguments = parser.parse_args()
    names = arguments.targets.split(",")
    arguments.out.mkdir(parents=True, exist_ok=True)
    if "node" in names and not (HERE / "node-ws/node_modules").exists():
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"], cwd=HERE / "node-ws", check=True)
    started = targets(names, arguments.java, arguments.out, arguments.conversation_messages)
    try:
        results = {}
        for connections in map(int, arguments.connections.split(",")):
            for plan in ("interrupt", "throughput"):
                for number in range(arguments.rounds):
                    each = {}
                    for name in names:
                        report = arguments.out / f"{plan}-{connections}-{name}-{number + 1}.json"
                        each[name] = figures(plan, measure(arguments.java, plan, connections, started[name], arguments, report))
                    results.setdefault((plan, connections), []).append(each)
        show(results, names)
    finally:
        for process, behind, _, _ in started.values():
            for one in [process, *behind]:
                one.terminate()
                one.wait()


if __name__ == "__main__":
    main()
