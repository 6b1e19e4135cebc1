#!/usr/bin/env bash
# Sends mail to a node with the clients that apps use, and compares what arrived at the simulator. See docs/operate/peers-test.md.
# Needs Linux, root, Debian's apt-get, npm, and what ./postrider needs. The clients are installed into a copy-on-write view of this
# system, which is gone at the end: nothing of the system is changed. Environment: CLIENTS (all), MODES ("starttls tls").
set -euo pipefail
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
. "$ROOT/integration-tests/debian.sh"
CLIENTS=${CLIENTS:-swaks msmtp curl python nodemailer phpmailer jakarta-mail}
MODES=${MODES:-starttls tls}
KINDS="text html long several large"
export POSTRIDER_SUBMISSION_PORT=${POSTRIDER_SUBMISSION_PORT:-27587}
export POSTRIDER_SUBMISSION_TLS_PORT=${POSTRIDER_SUBMISSION_TLS_PORT:-27465}
export POSTRIDER_INBOUND_PORT=${POSTRIDER_INBOUND_PORT:-27526}
export POSTRIDER_ADMIN_PORT=${POSTRIDER_ADMIN_PORT:-27800}
export POSTRIDER_SIMULATOR_KEEP_BYTES=1GiB

if [ "${1:-}" != --inside ]; then
    need java npm
    in_namespaces
fi
mount -t tmpfs tmpfs "$WORK"

echo "Installing the clients and starting a node ..."
make_root clients swaks msmtp curl python3 php-cli libphp-phpmailer
npm install --silent --no-audit --no-fund --prefix "$WORK/node" nodemailer >/dev/null
"$ROOT/postrider" run --detach --home "$WORK/home" >"$WORK/start.log" 2>&1 || { cat "$WORK/start.log" >&2; exit 2; }
mkdir "$WORK/files"
mount --bind "$WORK" "$WORK/clients/root/mnt"
JARS=$(printf '%s:' "$ROOT"/server/target/postrider/lib/*jakarta.{mail,activation}-*.jar)
javac -cp "$JARS" -d "$WORK/java" "$ROOT/integration-tests/clients/Client.java"
cp "$ROOT"/integration-tests/clients/client.* "$WORK/"

first_run() { sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p" "$WORK/home/secrets/first-run.json"; }
USER=$(first_run smtpUser)
PASSWORD=$(first_run smtpPassword)
SENDER=app@$(first_run senderDomain)
export PASSWORD

inside() { chroot "$WORK/clients/root" "$@"; }

send() { # send CLIENT KIND MODE PORT RECIPIENT...
    local client=$1 kind=$2 mode=$3 port=$4 recipients list arguments
    shift 4
    recipients=("$@")
    list=$(IFS=,; echo "${recipients[*]}")
    arguments=("$kind" "$mode" "$port" "$USER" "$PASSWORD" "$SENDER" "$WORK/files/$kind" "${recipients[@]}")
    case $client in
        swaks)
            local how=--tls
            [ "$mode" = starttls ] || how=--tls-on-connect
            inside swaks --silent 2 --server "127.0.0.1:$port" "$how" --auth PLAIN --auth-user "$USER" --auth-password "$PASSWORD" \
                --from "$SENDER" --to "$list" --data "@/mnt/mail.eml"
            ;;
        msmtp)
            local starttls=on
            [ "$mode" = starttls ] || starttls=off
            inside msmtp --host=127.0.0.1 --port="$port" --tls=on --tls-starttls=$starttls --tls-certcheck=off --auth=plain --user="$USER" \
                --passwordeval="echo $PASSWORD" --from="$SENDER" "${recipients[@]}" <"$WORK/mail.eml"
            ;;
        curl)
            local scheme=smtp rcpts=()
            [ "$mode" = starttls ] || scheme=smtps
            for recipient in "${recipients[@]}"; do rcpts+=(--mail-rcpt "$recipient"); done
            inside curl -sS -k --ssl-reqd --crlf "$scheme://127.0.0.1:$port" --user "$USER:$PASSWORD" --mail-from "$SENDER" \
                "${rcpts[@]}" -T /mnt/mail.lf
            ;;
        python) /usr/bin/python3 "$WORK/client.py" "${arguments[@]}" ;;
        nodemailer) NODE_PATH=$WORK/node/node_modules node "$WORK/client.cjs" "${arguments[@]}" ;;
        phpmailer)
            arguments[6]=/mnt/files/$kind
            inside php /mnt/client.php "${arguments[@]}"
            ;;
        jakarta-mail) java -cp "$WORK/java:$JARS" Client "${arguments[@]}" ;;
        *) fail "no client '$client'" ;;
    esac
}

/usr/bin/python3 "$ROOT/integration-tests/clients.py" files "$WORK/files"
failures=0
for mode in $MODES; do
    port=$POSTRIDER_SUBMISSION_PORT
    [ "$mode" = starttls ] || port=$POSTRIDER_SUBMISSION_TLS_PORT
    for client in $CLIENTS; do
        for kind in $KINDS; do
            recipients=("$client-$kind-$mode@there.example")
            [ "$kind" != several ] || recipients+=("$client-$mode-b@there.example" "$client-$mode-c@elsewhere.example")
            /usr/bin/python3 "$WORK/client.py" "$kind" write 0 - - "$SENDER" "$WORK/files/$kind" "${recipients[@]}" >"$WORK/mail.eml"
            tr -d '\r' <"$WORK/mail.eml" >"$WORK/mail.lf"
            if ! result=$({ send "$client" "$kind" "$mode" "$port" "${recipients[@]}" &&
                /usr/bin/python3 "$ROOT/integration-tests/clients.py" check "$WORK" "$kind" "${recipients[@]}"; } 2>&1); then
                failures=$((failures + 1))
                result="FAILED $(tail -n 3 <<<"$result" | tr '\n' ' ')"
            fi
            printf '%-9s %-13s %-8s %s\n' "$mode" "$client" "$kind" "$result"
        done
    done
done
"$ROOT/postrider" stop --home "$WORK/home" >/dev/null || true
echo "$failures failed"
[ "$failures" = 0 ]
