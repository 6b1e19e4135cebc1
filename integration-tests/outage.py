#!/usr/bin/python3
"""An hour in which no name server answers but with SERVFAIL, in a minute: the node runs by a clock that is 60 times as fast. One mail by the direct
route must be delayed for the hour, and be delivered then. Prints its trace; exit code 0 when it was so. See docs/operate/peers-test.md.
Needs Debian's faketime and python3-dnspython, and a built Postrider."""
import json
import os
import pathlib
import shutil
import signal
import smtplib
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIBRARIES = list(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
SPEED = 60
HOUR = 3600
PATIENCE = 180
DNS_PORT, SMTP_PORT = 29053, 29025
PORTS = {"POSTRIDER_SUBMISSION_PORT": "29587", "POSTRIDER_INBOUND_PORT": "29526", "POSTRIDER_ADMIN_PORT": "29800"}
ZONE = {("hour.test.", "MX"): "10 mx.hour.test.", ("mx.hour.test.", "A"): "127.0.0.1"}


class NameServer(threading.Thread):
    """Answers SERVFAIL until told otherwise."""

    def __init__(self):
        super().__init__(daemon=True)
        self.failing, self.questions = True, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", DNS_PORT))

    def run(self):
        while True:
            data, client = self.socket.recvfrom(4096)
            question = dns.message.from_wire(data)
            answer = dns.message.make_response(question)
            answer.flags |= dns.flags.RA
            name, kind = question.question[0].name.to_text().lower(), dns.rdatatype.to_text(question.question[0].rdtype)
            self.questions += 1
            if self.failing:
                answer.set_rcode(dns.rcode.SERVFAIL)
            elif (name, kind) in ZONE:
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, ZONE[(name, kind)]))
            self.socket.sendto(answer.to_wire(), client)


class TakesAll(socketserver.StreamRequestHandler):
    """A mail server."""

    def handle(self):
        self.wfile.write(b"220 mx.hour.test\r\n")
        in_message = False
        for line in self.rfile:
            verb = line[:4].upper()
            if in_message and line != b".\r\n":
                continue
            self.wfile.write(b"354 Go ahead\r\n" if verb == b"DATA" else b"250 Ok\r\n")
            in_message = verb == b"DATA"
            if verb == b"QUIT":
                return


def until(what, condition):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.5)
    sys.exit(f"outage.py: {what}: not after {PATIENCE} s")


def run(home):
    names = NameServer()
    names.start()
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    server = socketserver.ThreadingTCPServer(("127.0.0.1", SMTP_PORT), TakesAll)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {
        **os.environ, **PORTS, "LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME": f"+0 x{SPEED}",
        "POSTRIDER_DNS_SERVERS": f"127.0.0.1:{DNS_PORT}", "POSTRIDER_DNS_TIMEOUT": "1m",
        "POSTRIDER_DELIVERY_DIRECT_PORT": str(SMTP_PORT), "POSTRIDER_DELIVERY_DIRECT_ALLOW_LOOPBACK": "true",
        "POSTRIDER_SUBMISSION_TRUSTED_NETWORKS": "127.0.0.0/8=default"}
    with open(f"{home}.log", "w") as log:
        node = subprocess.Popen([ROOT / "postrider", "run", "--home", home], env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        secrets = pathlib.Path(home, "secrets", "first-run.json")
        first_run = until("the node starts", lambda: secrets.exists() and json.loads(secrets.read_text() or "null"))

        def admin(method, path, body=None):
            request = urllib.request.Request(
                first_run["adminUrl"] + path, method=method, data=None if body is None else json.dumps(body).encode(),
                headers={"Authorization": "Bearer " + first_run["adminToken"]})
            try:
                return json.loads(urllib.request.urlopen(request, timeout=60).read())
            except (urllib.error.URLError, ConnectionError):
                return None  # not up, or not in the log yet

        until("the route is taken", lambda: admin(
            "PUT", "/routes/hour", {"position": 1, "when": {"recipientDomain": "hour.test"}, "via": ["direct"]}))
        sender = "app@" + first_run["senderDomain"]
        with smtplib.SMTP("127.0.0.1", int(PORTS["POSTRIDER_SUBMISSION_PORT"]), timeout=60) as session:
            session.ehlo()
            session.mail(sender)
            session.rcpt("bob@hour.test")
            message = session.data(f"From: {sender}\r\nSubject: An hour\r\n\r\nHello.\r\n")[1].decode().split()[1]
        time.sleep(HOUR / SPEED)  # the hour itself, not a wait for something
        before = admin("GET", "/messages/" + message)
        names.failing = False
        after = until("a final state", lambda: (trace := admin("GET", "/messages/" + message)) and trace["state"] != "open" and trace)
    finally:
        os.killpg(node.pid, signal.SIGTERM)
        node.wait(60)
    for event in after["events"]:
        print(event["at"], event["type"], event["detail"])
    print(f"{names.questions} questions; {before['state']} after the hour with {len(before['deliveries'][0]['attempts'])} attempts, then {after['state']}")
    return 0 if before["state"] == "open" and after["state"] == "delivered" else 1


if __name__ == "__main__":
    if not LIBRARIES:
        sys.exit("outage.py: apt-get install -y faketime python3-dnspython")
    directory = tempfile.mkdtemp(prefix="postrider-outage.")
    try:
        sys.exit(run(directory + "/home"))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
