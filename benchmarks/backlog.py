#!/usr/bin/python3
"""Has a node relay mail to a sink, with nothing and then with many mails at rest for a relay where nobody answers. Called by backlog.sh."""
import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.environ["ROOT"]
TARGET = f"{ROOT}/benchmarks/target"
BENCHMARKS = f"{ROOT}/benchmarks/target"
PORT = int(os.environ.get("BACKLOG_PORT", "26600"))  # and the next four
SUBMISSION, INBOUND, ADMIN, SINK, DEAD = range(PORT, PORT + 5)


class Node:
    def __init__(self, home):
        self.home = home
        self.environment = {**os.environ, "POSTRIDER_SUBMISSION_PORT": str(SUBMISSION), "POSTRIDER_INBOUND_PORT": str(INBOUND),
                            "POSTRIDER_ADMIN_PORT": str(ADMIN), "POSTRIDER_SUBMISSION_TLS_PORT": "0",
                            "POSTRIDER_SUBMISSION_TRUSTED_NETWORKS": "127.0.0.0/8=default"}

    def call(self, *command):
        done = subprocess.run([f"{ROOT}/postrider", *command, "--home", self.home], env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"backlog.py: postrider {command[0]}: {done.stdout[-1500:]}{done.stderr[-1500:]}")

    def start(self):
        """Returns how many seconds pass until mail is accepted."""
        begin = time.monotonic()
        self.call("run", "--detach")
        while True:
            try:
                with socket.create_connection(("127.0.0.1", SUBMISSION), 5) as connection:
                    if connection.recv(3) == b"220":
                        break
            except OSError:
                pass
            time.sleep(0.05)
        took = time.monotonic() - begin
        with open(f"{self.home}/secrets/first-run.json") as file:
            self.first_run = json.load(file)
        with open(f"{self.home}/run/postrider.pid") as file:
            self.pid = file.read().split()[0]
        return took

    def stop(self):
        self.call("stop")

    def admin(self, path, body=None):
        request = urllib.request.Request(self.first_run["adminUrl"] + path, method="GET" if body is None else "PUT",
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Authorization": "Bearer " + self.first_run["adminToken"]})
        return urllib.request.urlopen(request, timeout=60).read()

    def rss_mib(self):
        with open(f"/proc/{self.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:")) / 1024

    def load(self, arguments, label):
        done = subprocess.run(["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", f"{BENCHMARKS}/postrider-benchmarks.jar:{BENCHMARKS}/lib/*",
                               "io.postrider.benchmarks.relay.RelayBenchmark", "--label", label, "--target", f"127.0.0.1:{SUBMISSION}",
                               "--sink-port", str(SINK), "--pid", self.pid, "--sender", "app@" + self.first_run["senderDomain"],
                               "--messages", str(arguments.messages), "--warmup", str(arguments.warmup), "--runs", str(arguments.runs),
                               "--size", str(arguments.octets)], capture_output=True, text=True)
        results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode != 0 or not results:
            sys.exit(f"backlog.py: {label}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        for result in results:
            print(json.dumps(result), flush=True)
        return results


def main():
    parser = argparse.ArgumentParser(prog="backlog.sh")
    parser.add_argument("--mails", type=int, default=1_000_000, help="at rest for the dead relay")
    parser.add_argument("--octets", type=int, default=4096, help="of each mail")
    parser.add_argument("--messages", type=int, default=10_000, help="for the healthy relay, in each run")
    parser.add_argument("--warmup", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--work", help="where the node lives; without it, a directory that is gone at the end")
    parser.add_argument("--phase", choices=["all", "fill", "measure"], default="all", help="to fill is not measured, and needs no quiet machine")
    arguments = parser.parse_args()
    work = arguments.work or tempfile.mkdtemp(prefix="postrider-backlog-")
    node = Node(f"{work}/full")
    empty = Node(f"{work}/empty")
    try:
        if arguments.phase != "measure":
            node.start()
            try:
                set_up(node)
            finally:
                node.stop()
            begin = time.monotonic()
            subprocess.run(["java", "-Xmx1g", "-Dlogback.configurationFile=" + f"{node.home}/conf/logback.xml", "-cp", f"{TARGET}/postrider-benchmarks.jar:{TARGET}/lib/*", "io.postrider.benchmarks.backlog.FillBacklog", node.home, str(arguments.mails), str(arguments.octets)], check=True,
                           stdout=subprocess.DEVNULL)
            print(f"{arguments.mails} mails were put to rest in {time.monotonic() - begin:.0f} s", flush=True)
        if arguments.phase != "fill":
            measure(arguments, empty, node)
    finally:
        if not arguments.work:
            shutil.rmtree(work, ignore_errors=True)


def set_up(node):
    node.admin("/relays/sink", {"host": "127.0.0.1", "port": SINK, "tls": {"mode": "none"}})
    node.admin("/relays/dead", {"host": "127.0.0.1", "port": DEAD, "tls": {"mode": "none"}})
    node.admin("/routes/dead", {"position": 1, "when": {"recipientDomain": "dead.test"}, "via": ["relay:dead"]})
    node.admin("/routes/default", {"via": ["relay:sink"]})


def measure(arguments, empty, full):
    rates, starts, memories = {}, {}, {}
    for label, node in (("empty", empty), ("full", full)):
        starts[label] = node.start()
        try:
            if label == "empty":
                set_up(node)
            resting = json.loads(node.admin("/queues/spool"))["resting"]
            results = node.load(arguments, label)
            print(json.dumps(json.loads(node.admin("/queues/spool/backlogs"))["items"]), flush=True)
            rates[label] = statistics.median(result["endToEndPerSecond"] for result in results)
            memories[label] = max(node.rss_mib(), *(result["peakMemoryMib"] for result in results))
        finally:
            node.stop()
        print(f"{label}: {resting} at rest, start {starts[label]:.1f} s, {rates[label]:.0f} mails/s, {memories[label]:.0f} MiB", flush=True)
    print(f"rate with {arguments.mails} at rest: {rates['full'] / rates['empty']:.2f} of the rate with none")


main()
