#!/usr/bin/env bash
# Shows with strace that no 250 after DATA is written before the journal of the queue was forced to disk. See docs/operate/crash-test.md.
# Needs strace, python3, and what ./postrider needs. Environment: MAILS (500), CONNECTIONS (8), KEEP (1 keeps home and trace).
set -euo pipefail
umask 077

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
MAILS=${MAILS:-500}
CONNECTIONS=${CONNECTIONS:-8}
START_SECONDS=180
SEND_SECONDS=300
STOP_SECONDS=60
export POSTRIDER_SUBMISSION_PORT=${POSTRIDER_SUBMISSION_PORT:-21587}
export POSTRIDER_SUBMISSION_TLS_PORT=${POSTRIDER_SUBMISSION_TLS_PORT:-0}
export POSTRIDER_INBOUND_PORT=${POSTRIDER_INBOUND_PORT:-21525}
export POSTRIDER_ADMIN_PORT=${POSTRIDER_ADMIN_PORT:-21800}
# strace cannot look into TLS, so the apps come from a trusted network.
export POSTRIDER_SUBMISSION_TRUSTED_NETWORKS=127.0.0.0/8=default

for tool in strace python3 java; do
    command -v "$tool" >/dev/null || { echo "durability: $tool is needed: apt-get install -y strace python3 openjdk-17-jdk-headless" >&2; exit 2; }
done

WORK=$(mktemp -d "${TMPDIR:-/tmp}/postrider-durability.XXXXXX")
NODE=$WORK/home
TRACE=$WORK/trace
TRACER=
SERVER=

await_end() { # await_end PID SECONDS: whether it has ended by then
    local end=$((SECONDS + $2))
    while kill -0 "$1" 2>/dev/null; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}

stop_all() {
    if [ -n "$SERVER" ] && kill -TERM "$SERVER" 2>/dev/null && ! await_end "$SERVER" "$STOP_SECONDS"; then
        kill -KILL "$SERVER" 2>/dev/null || true
    fi
    SERVER=
    if [ -n "$TRACER" ] && ! await_end "$TRACER" 10; then
        kill -KILL "$TRACER" 2>/dev/null || true
    fi
    TRACER=
}

finish() {
    stop_all
    "$ROOT/postrider" stop --home "$NODE" >/dev/null 2>&1 || true
    if [ "${KEEP:-}" = 1 ]; then
        echo "kept: $WORK" >&2
    else
        rm -rf "$WORK"
    fi
}
trap finish EXIT
trap 'exit 130' INT TERM

echo "Building, and a first start ..."
"$ROOT/postrider" run --detach --home "$NODE" >"$WORK/first-start.log" 2>&1 || { cat "$WORK/first-start.log" >&2; exit 1; }
"$ROOT/postrider" stop --home "$NODE" >/dev/null
rm -f "$NODE/run/lock"

echo "Starting under strace ..."
strace -f -q --seccomp-bpf -ttt -T -yy -s 262144 -o "$TRACE" \
    -e trace=fsync,fdatasync,read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg -e signal=none \
    java -Xmx1g -XX:+UseSerialGC "-Dpostrider.home=$NODE" -Dpostrider.console=OFF \
    "-Dlogback.configurationFile=$NODE/conf/logback.xml" \
    -cp "$ROOT/server/target/postrider/lib/postrider-server.jar" io.postrider.server.Main --home "$NODE" \
    >"$WORK/console.log" 2>&1 &
TRACER=$!

end=$((SECONDS + START_SECONDS))
until grep -qs '^Postrider is ready' "$WORK/console.log"; do
    if ! kill -0 "$TRACER" 2>/dev/null || [ "$SECONDS" -ge "$end" ]; then
        [ ! -s "$NODE/run/lock" ] || SERVER=$(cat "$NODE/run/lock")
        tail -n 20 "$WORK/console.log" >&2
        echo "durability: the server did not get ready within $START_SECONDS s" >&2
        exit 1
    fi
    sleep 0.2
done
SERVER=$(cat "$NODE/run/lock")

echo "Sending $MAILS mails from $CONNECTIONS connections ..."
timeout "$SEND_SECONDS" python3 "$ROOT/integration-tests/durability.py" send "$POSTRIDER_SUBMISSION_PORT" "$MAILS" "$CONNECTIONS"
stop_all
python3 "$ROOT/integration-tests/durability.py" check "$TRACE" "$POSTRIDER_SUBMISSION_PORT" "$NODE/queue/turn/" "$MAILS"
