#!/usr/bin/env bash
# Measures what mail for a dead relay costs that rests in its backlog: start, memory, and the rate of other mail. See benchmarks/README.md.
#   benchmarks/backlog.sh [--mails 1000000] [--octets 4096] [--messages 10000] [--runs 3] [--work DIRECTORY]
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
export ROOT
(cd "$ROOT" && mvn -q -o package -pl benchmarks,server -am -DskipTests -Dspotless.check.skip=true ${MAVEN_FLAGS:-} ||
    mvn -q package -pl benchmarks,server -am -DskipTests -Dspotless.check.skip=true ${MAVEN_FLAGS:-})
exec /usr/bin/python3 "$ROOT/benchmarks/backlog.py" "$@"
