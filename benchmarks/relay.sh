#!/usr/bin/env bash
# Measures mail through Postrider, and through other servers beside it, on loopback. See benchmarks/README.md.
#   benchmarks/relay.sh [--against postfix,haraka] [--sizes 4096,65536] [--dkim on,off] [--messages N] [--sessions N] [--domains N]
#                       [--recipients N] [--runs N] [--auth] [--fsyncs] [--cold]
# Needs what ./postrider needs, Linux, root, Python 3 and npm for Haraka. The others live in copy-on-write views of this system, which are
# gone at the end with all that runs in them.
set -euo pipefail
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
. "$ROOT/integration-tests/debian.sh"

if [ "${1:-}" != --inside ]; then
    need java mvn
    (cd "$ROOT" && mvn -q -o package -pl benchmarks -am -DskipTests -Dspotless.check.skip=true ${MAVEN_FLAGS:-} ||
        mvn -q package -pl benchmarks -am -DskipTests -Dspotless.check.skip=true ${MAVEN_FLAGS:-})
    RELAY_ARGUMENTS=$(printf '%q ' "$@")
    export RELAY_ARGUMENTS
    in_namespaces
fi
mount -t tmpfs tmpfs "$WORK"
export -f fail make_root
export ROOT
# Not exec: the first process of the name space must collect those that have ended.
eval "/usr/bin/python3 \"\$ROOT/benchmarks/relay.py\" $RELAY_ARGUMENTS"
