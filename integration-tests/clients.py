#!/usr/bin/python3
"""Makes what clients.sh sends, and checks what arrived at the simulator."""
import email
import email.policy
import hashlib
import json
import pathlib
import random
import sys
import time
import urllib.request

PATIENCE = 30
PLAIN = "Grüße aus Köln, 日本.\n.\n..a line with two dots\nFrom here on: nothing.\n"


def files(directory):
    for kind in ["text", "html", "long", "several", "large"]:
        folder = pathlib.Path(directory) / kind
        folder.mkdir(parents=True)
        (folder / "subject").write_text(f"Ein Päckchen für Zoë: {kind} ✓ " + "und noch ein Wort " * 5 + "Ende")
        (folder / "text").write_text(PLAIN + ("ä" * 300 + " " + "x" * 5000 + "\n" + "y" * 990 + "\n" if kind == "long" else ""))
        (folder / "html").write_text("<html><body><p>Größe: <b>30&nbsp;€</b></p></body></html>\n" * 3)
        (folder / "attachment").write_bytes(random.Random(kind).randbytes(1024 * 1024 if kind == "large" else 20000))


def get(first_run, path):
    request = urllib.request.Request(first_run["adminUrl"] + path, headers={"Authorization": "Bearer " + first_run["adminToken"]})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def copy_for(first_run, recipient):
    end = time.monotonic() + PATIENCE
    while True:
        found = [item for item in json.loads(get(first_run, "/simulator/messages?limit=1000"))["items"] if recipient in item["recipients"]]
        if found:
            assert len(found) == 1, f"{len(found)} copies for {recipient}"
            return get(first_run, f"/simulator/messages/{found[0]['n']}")
        assert time.monotonic() < end, f"nothing came for {recipient}"
        time.sleep(0.1)


def same_text(part, expected):
    got = part.get_content().replace("\r\n", "\n").rstrip("\n")
    assert got == expected.rstrip("\n"), f"text differs: {got[:200]!r}"


def check(work, kind, *recipients):
    folder = pathlib.Path(work) / "files" / kind
    first_run = json.loads((pathlib.Path(work) / "home/secrets/first-run.json").read_text())
    for recipient in recipients:
        mail = email.message_from_bytes(copy_for(first_run, recipient), policy=email.policy.default)
        assert mail["Subject"] == (folder / "subject").read_text(), f"subject: {mail['Subject']}"
        parts = {part.get_content_type(): part for part in mail.walk() if not part.is_multipart()}
        same_text(parts["text/plain"], (folder / "text").read_text())
        if kind == "html":
            same_text(parts["text/html"], (folder / "html").read_text())
        if kind in ("html", "large"):
            digests = [hashlib.sha256(content).hexdigest() for content in
                       (parts["application/octet-stream"].get_content(), (folder / "attachment").read_bytes())]
            assert digests[0] == digests[1], f"the attachment differs: {digests}"
    print(f"ok, {len(recipients)} intact")


if __name__ == "__main__":
    {"files": files, "check": check}[sys.argv[1]](*sys.argv[2:])
