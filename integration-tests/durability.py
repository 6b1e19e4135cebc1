#!/usr/bin/env python3
"""Sends mails, and reads what strace saw of the server meanwhile. Called by durability.sh; standard library only.

send PORT MAILS CONNECTIONS           submits mails to 127.0.0.1
check TRACE PORT JOURNAL_DIR MAILS    exit code 1 when a 250 came before its mail was on disk, or when mails are missing

A mail is safe when, after the end of its data was read, its id was written to the journal, and an fsync or fdatasync of that journal
file began after that write, was successful, and had ended before the write of the 250 began.
"""

import bisect
import collections
import re
import smtplib
import sys
import threading

SENDER = "app@postrider.example"
LINE = re.compile(r"^(\d+) +(\d+\.\d+) (.*)$")
RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$", re.S)
CALL = re.compile(r"^(\w+)\((\d+)(?:<(.*?)>)?\s*(?:, |\))", re.S)
RESULT = re.compile(r"\) += (-?\d+)[^<]*(?:<(\d+\.\d+)>)?$")
STRINGS = re.compile(r'"((?:[^"\\]|\\.)*)"(\.\.\.)?')
QUEUED = re.compile(r"250 2\.6\.0 ([0-9A-HJKMNP-TV-Z]{26}) queued")
END_OF_DATA = r"\r\n.\r\n"  # as strace writes it

READS = {"read", "readv", "recvfrom", "recvmsg"}
WRITES = {"write", "writev", "sendto", "sendmsg"}
SYNCS = {"fsync", "fdatasync"}

Call = collections.namedtuple("Call", "name target data begin end result cut")


def send(port, mails, connections):
    numbers = iter(range(mails))
    lock = threading.Lock()
    failures = []

    def run():
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=60) as smtp:
                while True:
                    with lock:
                        number = next(numbers, None)
                    if number is None:
                        return
                    content = "From: %s\r\nSubject: mail %d\r\n\r\n%s" % (SENDER, number, "A line of some length.\r\n" * 40)
                    smtp.sendmail(SENDER, ["success+%d@simulator.invalid" % number], content)
        except Exception as e:  # told below, as a thread cannot fail the process
            failures.append(e)

    threads = [threading.Thread(target=run) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        sys.exit("sending failed: %r" % failures)


def calls(trace):
    """The system calls of the trace, in the order in which they ended."""
    unfinished = {}
    with open(trace, encoding="latin-1") as lines:
        for line in lines:
            match = LINE.match(line.rstrip("\n"))
            if not match:
                continue
            thread, time, rest = match.group(1), float(match.group(2)), match.group(3)
            begin = time
            resumed = RESUMED.match(rest)
            if resumed:
                if thread not in unfinished:
                    continue
                begin, start = unfinished.pop(thread)
                rest = start + resumed.group(2)
            elif rest.endswith("<unfinished ...>"):
                unfinished[thread] = (time, rest[: -len("<unfinished ...>")])
                continue
            call = CALL.match(rest)
            result = RESULT.search(rest)
            if not call or not result:
                continue
            if resumed:
                end = time
            else:
                end = begin + float(result.group(2) or 0)
            found = STRINGS.findall(rest)
            data = "".join(text for text, _ in found)
            cut = any(dots for _, dots in found)
            yield Call(call.group(1), call.group(3) or "", data, begin, end, int(result.group(1)), cut)


class Connection:
    def __init__(self):
        self.in_data = False
        self.read = ""
        self.end_of_data = None


def check(trace, port, journal, mails):
    local = re.compile(r"^TCP(?:v6)?:\[.*:%d->" % port)
    journal_file = re.compile(re.escape(journal) + r"db-\d+\.log$")
    connections = collections.defaultdict(Connection)
    answered = []  # (id, end of data, begin of the 250)
    writes = collections.defaultdict(list)  # journal file -> writes
    syncs = collections.defaultdict(list)  # journal file -> (begin, end)
    for call in calls(trace):
        if journal_file.match(call.target):
            if call.name in SYNCS and call.result == 0:
                syncs[call.target].append((call.begin, call.end))
            elif call.name in WRITES and call.result > 0:
                if call.cut:
                    sys.exit("a write to the journal was longer than strace keeps; raise -s")
                writes[call.target].append(call)
        elif local.match(call.target):
            connection = connections[call.target]
            if call.name in READS and connection.in_data and call.result > 0:
                connection.read = connection.read[-64:] + call.data
                if connection.read.endswith(END_OF_DATA):
                    connection.in_data = False
                    connection.end_of_data = call.end
            elif call.name in WRITES:
                if call.data.startswith("354 "):
                    connection.in_data, connection.read, connection.end_of_data = True, "", None
                queued = QUEUED.search(call.data)
                if queued:
                    answered.append((queued.group(1), connection.end_of_data, call.begin))
    report(answered, writes, syncs, mails)


def report(answered, writes, syncs, mails):
    ids = {id for id, _, _ in answered}
    written = collections.defaultdict(list)  # id -> (journal file, begin, end)
    for file, of_file in writes.items():
        for call in of_file:
            for id in set(re.findall(r"[0-9A-HJKMNP-TV-Z]{26}", call.data)) & ids:
                written[id].append((file, call.begin, call.end))
    for of_file in syncs.values():
        of_file.sort()
    violations = []
    margins = []
    for id, end_of_data, reply in answered:
        if end_of_data is None:
            violations.append("%s: no end of data was read before its 250" % id)
            continue
        done = [
            first_sync_end(syncs[file], end)
            for file, begin, end in written[id]
            if begin >= end_of_data
        ]
        done = [end for end in done if end is not None]
        if not done:
            violations.append("%s: no write and sync of the journal after its end of data" % id)
        elif min(done) > reply:
            violations.append("%s: synced %.6f s after the 250" % (id, min(done) - reply))
        else:
            margins.append(reply - min(done))
    begin = min((end for _, end, _ in answered if end is not None), default=0)
    end = max((reply for _, _, reply in answered), default=0)
    during = sum(1 for of_file in syncs.values() for sync in of_file if begin <= sync[0] <= end)
    print("mails with a 250:         %d (sent: %d)" % (len(answered), mails))
    print("syncs of the journal:     %d from the first end of data to the last 250" % during)
    print("syncs per mail:           %.3f" % (during / max(1, len(answered))))
    if margins:
        print("from sync to 250:         %.3f ms at least, %.3f ms at the median" % (min(margins) * 1e3, sorted(margins)[len(margins) // 2] * 1e3))
    print("violations:               %d" % len(violations))
    for violation in violations[:20]:
        print("  " + violation)
    if violations or len(answered) != mails or len(ids) != mails:
        sys.exit(1)


def first_sync_end(syncs, written):
    """When the first to end of those syncs was over that began after a write had ended."""
    later = syncs[bisect.bisect_left(syncs, (written, 0)):]
    return min((end for _, end in later[:16]), default=None)


def main():
    if len(sys.argv) == 5 and sys.argv[1] == "send":
        send(*map(int, sys.argv[2:]))
    elif len(sys.argv) == 6 and sys.argv[1] == "check":
        check(sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
