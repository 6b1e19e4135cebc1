#!/usr/bin/python3
"""The checks of peers.sh: mail to real Postfix, Exim and OpenSMTPD as relays and as mail exchangers. See docs/operate/peers-test.md."""
import base64
import glob
import hashlib
import json
import os
import re
import smtplib
import socket
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request

import dkim
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

WORK = os.environ["WORK"]
PEERS = os.environ["PEERS"].split()
WAYS = os.environ["WAYS"].split()
PEER_PORT = int(os.environ["PEER_PORT"])
DNS_PORT = PEER_PORT + 1
ADDRESSES = {"postfix": "127.0.11.1", "exim": "127.0.11.2", "opensmtpd": "127.0.11.3"}
CONNECT = {"postfix": r": connect from ", "exim": r"SMTP connection from .*\(TCP/IP connection count", "opensmtpd": r"smtp connected "}
UNKNOWN = {
    "postfix": ["User unknown in virtual mailbox table", "https://help.postfix.test/", "end of the policy"],
    "exim": ["there is no mailbox of that name at exim.test; write to postmaster if you think there should be one"],
    "opensmtpd": ["<nobody@opensmtpd.test>"],
}
POLICY = ["First line of the policy", "Second line, with the address of help", "Third line: end of the policy"]
MANY = 50
PATIENCE = 30
FINAL = {"delivered", "bounced", "expired", "cancelled", "mixed", "suppressed"}

# --- the node -----------------------------------------------------------------------------------------------------

FIRST_RUN = {}


def admin(method, path, body=None):
    request = urllib.request.Request(
        FIRST_RUN["adminUrl"] + path, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + FIRST_RUN["adminToken"]})
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def sender():
    return "app@" + FIRST_RUN["senderDomain"]


def login():
    session = smtplib.SMTP("127.0.0.1", int(FIRST_RUN["smtpPort"]), timeout=60)
    session.starttls(context=ssl._create_unverified_context())
    session.login(FIRST_RUN["smtpUser"], FIRST_RUN["smtpPassword"])
    return session


def submit(session, recipients, message, mail_options=(), rcpt_options=()):
    """Sends, and returns the id of the reply to the end of the data."""
    for code, text in [session.mail(sender(), mail_options)] + [session.rcpt(r, rcpt_options) for r in recipients]:
        if code != 250:
            raise RuntimeError(f"refused: {code} {text}")
    code, text = session.data(message)
    if code != 250:
        raise RuntimeError(f"refused: {code} {text}")
    return text.decode().split()[1]


def final(message_id):
    """Waits for the final state, and returns the trace."""
    trace = {}
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            trace = admin("GET", "/messages/" + message_id)
            if trace["state"] in FINAL:
                return trace
        except urllib.error.HTTPError:
            pass  # the message is not in the log yet
        time.sleep(0.1)
    raise RuntimeError(f"no final state after {PATIENCE} s: {json.dumps(trace.get('deliveries'))[:1500]}")


def last_attempt(trace, recipient=0):
    return trace["deliveries"][recipient]["attempts"][-1]


# --- the peers ----------------------------------------------------------------------------------------------------


def arrived(peer, box, message_id):
    """The copies of a message in a mailbox, as bytes."""
    end = time.monotonic() + PATIENCE
    while True:
        copies = []
        for path in glob.glob(f"{WORK}/{peer}/root/peers/mail/{box}/new/*"):
            with open(path, "rb") as file:
                content = file.read()
            if f"X-Postrider-Id: {message_id}".encode() in content:
                copies.append(content)
        if copies or time.monotonic() > end:
            return copies
        time.sleep(0.1)


def connections(peer):
    with open(f"{WORK}/{peer}.log", errors="replace") as log:
        return len(re.findall(CONNECT[peer], log.read()))


def body_of(message):
    return message.replace(b"\r\n", b"\n").split(b"\n\n", 1)[1].rstrip(b"\n")


def key_of(name, timeout=5):
    """Answers the DKIM key that the node told us to publish."""
    for record in admin("GET", "/sendingDomains/" + FIRST_RUN["senderDomain"])["dnsRecords"]:
        if record["name"].rstrip(".") == name.decode().rstrip("."):
            return record["value"].encode()
    return None


# --- DNS for the direct route -------------------------------------------------------------------------------------


def serve_dns():
    """The zone of each peer: an MX, and its address. All else does not exist."""
    zone = {}
    for peer, address in ADDRESSES.items():
        zone[(f"{peer}.test.", "MX")] = f"10 mx.{peer}.test."
        zone[(f"mx.{peer}.test.", "A")] = address
    names = {name for name, _ in zone}
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", DNS_PORT))

    def run():
        while True:
            data, client = server.recvfrom(4096)
            query = dns.message.from_wire(data)
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.AA | dns.flags.RA
            question = query.question[0]
            name, kind = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
            if (name, kind) in zone:
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, zone[(name, kind)]))
            elif name not in names:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            server.sendto(answer.to_wire(), client)

    threading.Thread(target=run, daemon=True).start()


# --- checks -------------------------------------------------------------------------------------------------------


def expect(truth, detail):
    if not truth:
        raise AssertionError(detail)


def mail(peer, text, subject="A test"):
    return f"From: {sender()}\r\nTo: bob@{peer}.test\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n" \
           f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode() + text


def arrives_signed(peer):
    with login() as session:
        message_id = submit(session, [f"bob@{peer}.test"], mail(peer, b"Hello.\r\n"))
    trace = final(message_id)
    expect(trace["state"] == "delivered", trace["deliveries"])
    attempt = last_attempt(trace)
    if peer != "opensmtpd":
        expect(re.fullmatch(r"TLSv1\.[23] TLS_\w+", attempt["tls"] or ""), attempt)
    copies = arrived(peer, "bob", message_id)
    expect(len(copies) == 1, f"{len(copies)} copies")
    expect(dkim.verify(copies[0], dnsfunc=key_of), "the DKIM signature does not hold")
    return attempt["tls"] or "in clear text"


def eight_bits_arrive(peer):
    text = "Grüße, Ἀθῆναι, 日本\r\n.\r\n..two dots\r\nend\r\n".encode()
    with login() as session:
        message_id = submit(session, [f"bob@{peer}.test"], mail(peer, text), ["BODY=8BITMIME"])
    trace = final(message_id)
    copy = arrived(peer, "bob", message_id)[0]
    expect(body_of(copy) == body_of(b"\n\n" + text), copy[-200:])
    expect(dkim.verify(copy, dnsfunc=key_of), "the DKIM signature does not hold")
    talk = " ".join(last_attempt(trace)["talk"])
    expect("BODY=8BITMIME" in talk, talk)
    return "8BITMIME, bytes equal, DKIM holds"


def a_mebibyte_arrives(peer):
    text = base64.encodebytes(os.urandom(760 * 1024)).replace(b"\n", b"\r\n")
    with login() as session:
        message_id = submit(session, [f"bob@{peer}.test"], mail(peer, text))
    final(message_id)
    copy = arrived(peer, "bob", message_id)[0]
    digest = hashlib.sha256(body_of(copy)).hexdigest()
    expect(digest == hashlib.sha256(body_of(b"\n\n" + text)).hexdigest(), "the hashes differ")
    expect(dkim.verify(copy, dnsfunc=key_of), "the DKIM signature does not hold")
    return f"{len(text)} bytes, sha256 equal"


def several_recipients_get_one_copy(peer):
    boxes = ["bob", "carol", "dave"]
    with login() as session:
        message_id = submit(session, [f"{box}@{peer}.test" for box in boxes], mail(peer, b"To three.\r\n"))
    expect(final(message_id)["state"] == "delivered", "not delivered")
    counts = [len(arrived(peer, box, message_id)) for box in boxes]
    expect(counts == [1, 1, 1], counts)
    return "one copy each"


def many_share_a_connection(peer):
    before = connections(peer)
    with login() as session:
        ids = [submit(session, [f"bob@{peer}.test"], mail(peer, b"One of many.\r\n", f"mail {n}")) for n in range(MANY)]
    expect(all(final(message_id)["state"] == "delivered" for message_id in ids), "not all delivered")
    used = connections(peer) - before
    expect(used <= MANY // 5, f"{used} connections for {MANY} mails")
    return f"{MANY} mails on {used} new connections, and those that were kept"


def bounces_with(peer, box, texts):
    with login() as session:
        message_id = submit(session, [f"{box}@{peer}.test"], mail(peer, b"Is there anybody?\r\n"))
    trace = final(message_id)
    expect(trace["state"] == "bounced", trace["state"])
    reply = last_attempt(trace)["reply"]
    for text in texts:
        expect(text in reply, reply)
    return f"{last_attempt(trace)['code']} {reply}".replace("\n", " / ")


def an_unknown_user_bounces(peer):
    return bounces_with(peer, "nobody", UNKNOWN[peer])


def a_text_of_three_lines_is_kept(peer):
    if peer == "opensmtpd":
        return "- (it has replies of one line only)"
    return bounces_with(peer, "policy", POLICY)


def what_is_too_large_bounces(peer):
    with login() as session:
        message_id = submit(session, [f"bob@{peer}.test"], mail(peer, b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 42000))
    trace = final(message_id)
    delivery = trace["deliveries"][0]
    expect(trace["state"] == "bounced", delivery)
    expect(not arrived_now(peer, message_id), "it arrived")
    return delivery["explanation"].replace("\n", " / ")


def arrived_now(peer, message_id):
    return any(f"X-Postrider-Id: {message_id}".encode() in open(path, "rb").read(4096)
               for path in glob.glob(f"{WORK}/{peer}/root/peers/mail/bob/new/*"))


def dsn_is_passed_on(peer):
    """All but NOTIFY: the reverse-path is ours, and so failures must be told to us (see DsnRequest)."""
    with login() as session:
        message_id = submit(session, [f"bob@{peer}.test"], mail(peer, b"Tell me.\r\n"), [f"ENVID=envid-{peer}", "RET=HDRS"],
                            ["NOTIFY=SUCCESS,FAILURE", f"ORCPT=rfc822;bob@{peer}.test"])
    trace = final(message_id)
    talk = " ".join(last_attempt(trace)["talk"])
    expect(trace["state"] == "delivered", talk)
    for parameter in [f"ENVID=envid-{peer}", "RET=HDRS", f"ORCPT=rfc822;bob@{peer}.test"]:
        expect(parameter in talk, talk)
    return "RET, ENVID, ORCPT"


CHECKS = [
    arrives_signed, eight_bits_arrive, a_mebibyte_arrives, several_recipients_get_one_copy, many_share_a_connection,
    an_unknown_user_bounces, a_text_of_three_lines_is_kept, what_is_too_large_bounces, dsn_is_passed_on,
]


def route_by_relay(peer):
    with open(f"{WORK}/cert.pem") as certificate:
        tls = {"mode": "starttls", "verify": True, "ca": certificate.read()}
    if peer == "opensmtpd":
        tls = {"mode": "opportunistic"}
    admin("PUT", "/relays/" + peer, {"host": ADDRESSES[peer], "port": PEER_PORT, "maxConnections": 5,
                                     "tls": tls})
    admin("PUT", "/routes/" + peer, {"position": 10, "when": {"recipientDomain": f"{peer}.test"}, "via": [f"relay:{peer}"]})


def route_by_mx(peer):
    admin("PUT", "/routes/" + peer, {"position": 10, "when": {"recipientDomain": f"{peer}.test"}, "via": ["direct"]})


def check():
    with open(f"{WORK}/home/secrets/first-run.json") as file:
        FIRST_RUN.update(json.load(file))
    serve_dns()
    failures = 0
    for way in WAYS:
        for peer in PEERS:
            {"relay": route_by_relay, "mx": route_by_mx}[way](peer)
            for test in CHECKS:
                try:
                    result = "ok    " + test(peer)
                except Exception as problem:
                    failures += 1
                    result = f"FAILED {type(problem).__name__}: {problem}"
                print(f"{way:5} {peer:9} {test.__name__.replace('_', ' '):34} {result}", flush=True)
    print(f"{failures} failed")
    return 1 if failures else 0


def settings():
    """Settings of the node, as lines for a shell."""
    print("POSTRIDER_RETRY_SCHEDULE=2s")
    print(f"POSTRIDER_DNS_SERVERS=127.0.0.1:{DNS_PORT}")
    print(f"POSTRIDER_DELIVERY_DIRECT_PORT={PEER_PORT}")
    print("POSTRIDER_DELIVERY_DIRECT_ALLOW_LOOPBACK=true")


if __name__ == "__main__":
    sys.exit({"settings": settings, "check": check}[sys.argv[1]]())
