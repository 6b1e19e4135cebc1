#!/usr/bin/python3
"""Sets servers up one after the other, has the same mails pass through each, and prints a table. Called by relay.sh."""
import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager

ROOT = os.environ["ROOT"]
WORK = os.environ["WORK"]
TARGET = f"{ROOT}/benchmarks/target"
SINK_PORT = 28626
START_SECONDS = 120
SENDER_DOMAIN = "sender.test"
STRACE_MESSAGES = 2000


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"relay.sh: {' '.join(command)} ended with {done.returncode}: {(done.stderr or done.stdout)[-2000:]}")
    return done.stdout


def await_port(port, alive=lambda: True):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and alive():
        if subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}"], stderr=subprocess.DEVNULL).returncode == 0:
            return
        time.sleep(0.1)
    sys.exit(f"relay.sh: nothing listens on port {port} after {START_SECONDS} s")


class Server:
    """What a run needs to know of a server that is up."""

    def __init__(self, port, pids, sender=f"app@{SENDER_DOMAIN}", options=()):
        self.port, self.pids, self.sender, self.options = port, pids, sender, list(options)


# --- Postrider ----------------------------------------------------------------------------------------------------


@contextmanager
def postrider(disk, dkim, auth, cold=False):
    home = f"{disk}/home"
    ports = {"POSTRIDER_SUBMISSION_PORT": "28587", "POSTRIDER_INBOUND_PORT": "28525", "POSTRIDER_ADMIN_PORT": "28800"}
    environment = {**os.environ, **ports, "POSTRIDER_SUBMISSION_TRUSTED_NETWORKS": "127.0.0.0/8=default"}

    def call(*command):
        run(f"{ROOT}/postrider", *command, "--home", home, env=environment)

    call("archive")  # or it would be made beside the measurement
    call("run", "--detach")
    try:
        with open(f"{home}/secrets/first-run.json") as file:
            first_run = json.load(file)
        if not dkim:
            call("stop")
            path = f"{home}/conf/mailetcontainer.xml"
            with open(path) as file:
                text = file.read()
            without = re.sub(r"\s*<mailet [^>]*DkimSign\".*?(/>|</mailet>)", "", text, flags=re.DOTALL)
            if without == text:
                sys.exit("relay.sh: no DkimSign found in " + path)
            with open(path, "w") as file:
                file.write(without)
            call("run", "--detach")

        def admin(path, body):
            request = urllib.request.Request(first_run["adminUrl"] + path, method="PUT", data=json.dumps(body).encode(),
                                             headers={"Authorization": "Bearer " + first_run["adminToken"]})
            urllib.request.urlopen(request, timeout=30).read()

        admin("/relays/sink", {"host": "127.0.0.1", "port": SINK_PORT, "tls": {"mode": "none"}})
        admin("/routes/default", {"via": ["relay:sink"]})
        if cold:
            call("stop")
            begin = time.monotonic()
            call("run", "--detach")
            print(f"start until ready: {time.monotonic() - begin:.1f} s", flush=True)
        with open(f"{home}/run/postrider.pid") as file:
            pid = file.read().split()[0]
        options = ["--starttls", "--auth", f"{first_run['smtpUser']}:{first_run['smtpPassword']}"] if auth else []
        yield Server(int(first_run["smtpPort"]), [pid], "app@" + first_run["senderDomain"], options)
    finally:
        call("stop")


# --- Postfix, with OpenDKIM for signing ---------------------------------------------------------------------------

POSTFIX = f"""compatibility_level = 3.6
myhostname = relay.bench.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{SINK_PORT}
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
alias_maps =
alias_database =
local_recipient_maps =
maillog_file = /dev/stdout
smtp_tls_security_level = may
smtpd_tls_security_level = none
"""

OPENDKIM = f"""Socket inet:28891@127.0.0.1
Mode s
Domain {SENDER_DOMAIN}
Selector bench
KeyFile /etc/opendkim/bench.private
Canonicalization relaxed/simple
UserID opendkim
Background no
"""


def view(name, *packages):
    """A view of this system with the packages; made once, used by all runs."""
    root = f"{WORK}/{name}/root"
    if not os.path.isdir(root):
        run("bash", "-c", 'make_root "$@"', "make_root", name, *packages)
    return root


@contextmanager
def postfix(disk, dkim, auth):
    root = view("postfix", "postfix", "opendkim", "opendkim-tools")
    spool = f"{disk}/spool"
    run("cp", "-a", f"{root}/var/spool/postfix", spool)  # on the disk, where all servers have their queues
    run("mount", "--bind", spool, f"{root}/var/spool/postfix")
    started = []

    def start(*command):
        log = open(f"{disk}/{command[0]}.log", "w")
        started.append(subprocess.Popen(["chroot", root, *command], stdout=log, stderr=log))

    try:
        with open(f"{root}/etc/postfix/main.cf", "w") as file:
            file.write(POSTFIX + ("smtpd_milters = inet:127.0.0.1:28891\n" if dkim else ""))
        run("chroot", root, "postconf", "-MX", "smtp/inet")
        run("chroot", root, "postconf", "-M", "127.0.0.1:28526/inet=127.0.0.1:28526 inet n - n - - smtpd")
        run("chroot", root, "postconf", "-F", "*/*/chroot=n")
        if dkim:
            os.makedirs(f"{root}/etc/opendkim", exist_ok=True)
            run("chroot", root, "opendkim-genkey", "-b", "2048", "-d", SENDER_DOMAIN, "-s", "bench", "-D", "/etc/opendkim")
            run("chroot", root, "chown", "-R", "opendkim", "/etc/opendkim")
            with open(f"{root}/etc/opendkim.conf", "w") as file:
                file.write(OPENDKIM)
            start("opendkim", "-f", "-x", "/etc/opendkim.conf")
            await_port(28891)
        start("postfix", "start-fg")
        await_port(28526)
        yield Server(28526, [str(process.pid) for process in started])
    finally:
        subprocess.run(["chroot", root, "postfix", "stop"], capture_output=True)
        for process in started:
            process.terminate()
            process.wait(30)
        run("umount", "--lazy", f"{root}/var/spool/postfix")


# --- Haraka -------------------------------------------------------------------------------------------------------

HARAKA = {
    "config/smtp.ini": "listen=127.0.0.1:28528\nnodes=0\n",
    "config/plugins": "bench\n",
    "config/outbound.ini": "concurrency_max=100\nenable_tls=false\nlocal_mx_ok=true\n",
    "config/me": "relay.bench.example\n",
    "plugins/bench.js": f"""exports.hook_mail = (next, connection) => {{ connection.relaying = true; next() }}
exports.hook_rcpt = (next) => next(OK)
exports.hook_get_mx = (next) => next(OK, {{ priority: 0, exchange: '127.0.0.1', port: {SINK_PORT} }})
""",
}


@contextmanager
def haraka(disk, dkim, auth):
    if dkim:
        sys.exit("relay.sh: Haraka is measured without DKIM only")
    package = f"{TARGET}/haraka"
    os.makedirs(package, exist_ok=True)
    if not os.path.isdir(f"{package}/node_modules/Haraka"):
        run("npm", "install", "--no-save", "--silent", "Haraka", cwd=package)
    home = f"{disk}/haraka"
    for name, text in HARAKA.items():
        os.makedirs(os.path.dirname(f"{home}/{name}"), exist_ok=True)
        with open(f"{home}/{name}", "w") as file:
            file.write(text)
    os.makedirs(f"{home}/queue")
    shutil.copy(f"{package}/node_modules/Haraka/config/connection.ini", f"{home}/config/")
    with open(f"{disk}/haraka.log", "w") as log:
        process = subprocess.Popen(["node", f"{package}/node_modules/Haraka/bin/haraka", "-c", home], stdout=log, stderr=log)
    try:
        await_port(28528, lambda: process.poll() is None)
        yield Server(28528, [str(process.pid)])
    finally:
        process.terminate()
        process.wait(30)


# --- Runs ---------------------------------------------------------------------------------------------------------

SERVERS = {"postrider": postrider, "postfix": postfix, "haraka": haraka}


def bench(label, server, arguments, **values):
    command = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", f"{TARGET}/postrider-benchmarks.jar:{TARGET}/lib/*",
               "io.postrider.benchmarks.relay.RelayBenchmark", "--label", label, "--target", f"127.0.0.1:{server.port}",
               "--sink-port", str(SINK_PORT), "--pid", ",".join(server.pids), "--sender", server.sender, *server.options,
               *(part for name, value in values.items() for part in (f"--{name}", str(value)))]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stdout, done.stderr[-2000:], file=sys.stderr)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def family(pids):
    """The processes with their descendants."""
    parents = [line.split() for line in run("ps", "-eo", "pid=,ppid=").splitlines()]
    found = list(pids)
    for pid in found:
        found += [child for child, parent in parents if parent == pid]
    return found


def fsyncs(server, arguments, size):
    """Syncs per message, in a run of its own, since strace slows all down."""
    counts, said = f"{WORK}/strace", f"{WORK}/strace.said"
    attach = [part for pid in family(server.pids) for part in ("-p", pid)]
    with open(said, "w") as file:
        tracer = subprocess.Popen(["strace", "-f", "-e", "trace=fsync,fdatasync,msync", "-o", counts, *attach], stderr=file)
    end = time.monotonic() + START_SECONDS
    while open(said).read().count(" attached") < len(attach) // 2:  # a line for each process
        if tracer.poll() is not None or time.monotonic() > end:
            sys.exit("relay.sh: strace cannot attach: " + open(said).read()[-500:])
        time.sleep(0.1)
    try:
        results = bench("strace", server, arguments, messages=STRACE_MESSAGES, warmup=0, size=size, sessions=arguments.sessions)
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(60)
    with open(counts) as file:
        calls = sum(1 for line in file if re.search(r"\b(fsync|fdatasync|msync)\(", line))
    return round(calls / STRACE_MESSAGES, 2) if results else None


COLUMNS = [
    ("accept/s", lambda r: f"{r['acceptPerSecond']:.0f}"), ("end to end/s", lambda r: f"{r['endToEndPerSecond']:.0f}"),
    ("CPU-ms", lambda r: f"{r['cpuMsPerMessage']:.2f}"), ("accept p50/p95/p99 ms", lambda r: latency(r["acceptMs"])),
    ("end to end p50/p95/p99 ms", lambda r: latency(r["endToEndMs"])), ("MiB", lambda r: f"{r['peakMemoryMib']:.0f}"),
    ("lost", lambda r: str(r["lost"])), ("second copies", lambda r: str(r["duplicates"])),
    ("foreign", lambda r: f"{r['foreignShare']:.2f}"),
]


def latency(value):
    return f"{value['p50']:.1f}/{value['p95']:.1f}/{value['p99']:.1f}"


def main():
    parser = argparse.ArgumentParser(prog="benchmarks/relay.sh")
    parser.add_argument("--against", default="", help="servers beside Postrider: postfix,haraka")
    parser.add_argument("--sizes", default="4096", help="octets of a message, with commas")
    parser.add_argument("--dkim", default="off,on")
    parser.add_argument("--messages", type=int, default=20000)
    parser.add_argument("--warmup", type=int, default=10000)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--domains", type=int, default=1)
    parser.add_argument("--recipients", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0, help="messages a second; 0 for as many as go")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--auth", action="store_true", help="submit with STARTTLS and AUTH (Postrider only)")
    parser.add_argument("--fsyncs", action="store_true", help="count syncs, in a run of its own under strace")
    parser.add_argument("--profile", metavar="FILE", help="record Postrider's measured runs with Java Flight Recorder")
    parser.add_argument("--slow", type=int, default=10, help="the others pass 1/N of the messages, as they take longer")
    parser.add_argument("--cold", action="store_true", help="measure the first 2,000 messages after a start; Postrider has its archive of classes")
    arguments = parser.parse_args()
    if arguments.cold:
        arguments.messages, arguments.warmup, arguments.runs = 2000, 0, 1
    names = ["postrider", *(name for name in arguments.against.split(",") if name)]
    rows = []
    for signed in arguments.dkim.split(","):
        for name in names:
            if name == "haraka" and signed == "on":
                continue
            disk = tempfile.mkdtemp(prefix="relay-", dir=TARGET)
            os.chmod(disk, 0o755)
            try:
                more = {"cold": arguments.cold} if name == "postrider" else {}
                with SERVERS[name](disk, signed == "on", arguments.auth, **more) as server:
                    share = 1 if name == "postrider" else arguments.slow
                    if arguments.profile and name == "postrider":
                        run("jcmd", server.pids[0], "JFR.start", "settings=profile", f"filename={os.path.abspath(arguments.profile)}", "dumponexit=true")
                    for size in map(int, arguments.sizes.split(",")):
                        large = max(1, size // 32768)
                        for result in bench(name, server, arguments, messages=arguments.messages // share // large,
                                            warmup=arguments.warmup // share // large, size=size, sessions=arguments.sessions,
                                            domains=arguments.domains, recipients=arguments.recipients, rate=arguments.rate,
                                            runs=arguments.runs):
                            result["dkim"] = signed
                            print(json.dumps(result), flush=True)
                            rows.append(result)
                        if arguments.fsyncs:
                            print(f"{name} dkim={signed} {size}: {fsyncs(server, arguments, size)} syncs a message", flush=True)
            finally:
                shutil.rmtree(disk, ignore_errors=True)
    print()
    print("| server | DKIM | octets | " + " | ".join(name for name, _ in COLUMNS) + " |")
    print("|---" * (3 + len(COLUMNS)) + "|")
    for row in rows:
        print(f"| {row['label']} | {row['dkim']} | {row['size']} | " + " | ".join(value(row) for _, value in COLUMNS) + " |")


if __name__ == "__main__":
    main()
