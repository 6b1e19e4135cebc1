#!/usr/bin/env bash
# Sends mail through a node to real Postfix, Exim and OpenSMTPD on loopback, and checks what came of it. See docs/operate/peers-test.md.
# Needs Linux, root, Debian's apt-get and what ./postrider needs. Each peer is installed into a copy-on-write view of this system, which
# is gone at the end with all that runs in it: nothing of the system is changed. Environment: PEERS ("postfix exim opensmtpd"),
# WAYS ("relay"; "relay mx" tries the direct route as well), KEEP (1 keeps logs and mails).
set -euo pipefail
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
. "$ROOT/integration-tests/debian.sh"
export PEERS=${PEERS:-postfix exim opensmtpd}
export WAYS=${WAYS:-relay} # and mx, by the direct route
export PEER_PORT=${PEER_PORT:-27025} # of all peers, each on an address of its own
export POSTRIDER_SUBMISSION_PORT=${POSTRIDER_SUBMISSION_PORT:-27587}
export POSTRIDER_INBOUND_PORT=${POSTRIDER_INBOUND_PORT:-27526}
export POSTRIDER_ADMIN_PORT=${POSTRIDER_ADMIN_PORT:-27800}
START_SECONDS=20

if [ "${1:-}" != --inside ]; then
    need openssl java
    /usr/bin/python3 -c 'import dkim, dns' 2>/dev/null || fail "python3-dkim is needed: apt-get install -y python3-dkim python3-dnspython"
    in_namespaces
fi
mount -t tmpfs tmpfs "$WORK"

keep() {
    [ "${KEEP:-}" = 1 ] || return 0
    local kept
    kept=$(mktemp -d /tmp/postrider-peers-kept.XXXXXX)
    for peer in $PEERS; do
        mkdir -p "$kept/$peer"
        cp -r "$WORK/$peer/root/peers" "$WORK/$peer.log" "$kept/$peer/" 2>/dev/null || true
    done
    cp -r "$WORK/home/logs" "$kept/" 2>/dev/null || true
    echo "kept: $kept"
}
trap keep EXIT
trap 'exit 130' INT TERM

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=peers.test" -keyout "$WORK/key.pem" -out "$WORK/cert.pem" \
    -addext "subjectAltName=IP:127.0.11.1,IP:127.0.11.2,IP:127.0.11.3" 2>/dev/null

install_peer() { # install_peer NAME PACKAGE
    local root=$WORK/$1/root
    make_root "$1" "$2"
    mkdir -p "$root/peers/mail"
    cp "$WORK/cert.pem" "$WORK/key.pem" "$root/peers/"
    chmod 644 "$root/peers/key.pem"
    chmod 1777 "$root/peers/mail"
}

start_postfix() { # start_postfix ROOT LOG
    cat >"$1/etc/postfix/main.cf" <<CONF
compatibility_level = 3.6
myhostname = mx.postfix.test
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
maillog_file = /dev/stdout
mynetworks =
virtual_mailbox_domains = postfix.test
virtual_mailbox_base = /peers/mail
virtual_mailbox_maps = inline:{ {bob@postfix.test=bob/}, {carol@postfix.test=carol/}, {dave@postfix.test=dave/}, {policy@postfix.test=policy/} }
virtual_minimum_uid = 8
virtual_uid_maps = static:8
virtual_gid_maps = static:8
relayhost = [127.0.0.1]:$POSTRIDER_INBOUND_PORT
message_size_limit = 2097152
smtpd_tls_security_level = may
smtpd_tls_cert_file = /peers/cert.pem
smtpd_tls_key_file = /peers/key.pem
smtpd_tls_loglevel = 1
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{ {policy@postfix.test = 550 5.7.1 First line of the policy} }
smtpd_reject_footer = Second line, with the address of help: https://help.postfix.test/\nThird line: end of the policy
CONF
    chroot "$1" postconf -MX smtp/inet
    chroot "$1" postconf -M "127.0.11.1:$PEER_PORT/inet=127.0.11.1:$PEER_PORT inet n - n - - smtpd"
    chroot "$1" postconf -F '*/*/chroot=n'
    chroot "$1" postfix start-fg >"$2" 2>&1 &
}

start_exim() {
    cat >"$1/etc/exim4/exim4.conf" <<CONF
primary_hostname = mx.exim.test
local_interfaces = 127.0.11.2
daemon_smtp_ports = $PEER_PORT
log_file_path = /var/log/exim4/%slog
log_selector = +smtp_connection +tls_cipher
tls_advertise_hosts = *
tls_certificate = /peers/cert.pem
tls_privatekey = /peers/key.pem
dsn_advertise_hosts = *
message_size_limit = 2M
acl_smtp_rcpt = rcpt
acl_smtp_data = data
begin acl
rcpt:
  deny local_parts = policy
    message = 5.7.1 First line of the policy\nSecond line, with the address of help: https://help.exim.test/\nThird line: end of the policy
  deny domains = exim.test
    message = \$acl_verify_message
    !verify = recipient
  accept domains = exim.test
  deny message = 5.7.1 relay not permitted
data:
  accept
begin routers
boxes:
  driver = accept
  domains = exim.test
  local_parts = bob : carol : dave
  transport = box
unknown:
  driver = redirect
  domains = exim.test
  allow_fail
  data = :fail: 5.1.1 there is no mailbox of that name at exim.test; write to postmaster if you think there should be one
back:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = back
begin transports
box:
  driver = appendfile
  maildir_format
  directory = /peers/mail/\$local_part_data
  user = mail
  group = mail
back:
  driver = smtp
  port = $POSTRIDER_INBOUND_PORT
begin retry
* * F,1h,1m
CONF
    chroot "$1" sh -c 'mkdir -p /var/log/exim4; chown Debian-exim /var/log/exim4; : >/var/log/exim4/mainlog; chown Debian-exim /var/log/exim4/mainlog'
    ln -sf "$1/var/log/exim4/mainlog" "$2"
    chroot "$1" exim4 -bdf -q10s >"$2.console" 2>&1 &
}

start_opensmtpd() {
    cat >"$1/etc/smtpd.conf" <<CONF
pki peers cert "/peers/cert.pem"
pki peers key "/peers/key.pem"
smtp max-message-size 2M
table boxes { "bob@opensmtpd.test" = "mail", "carol@opensmtpd.test" = "mail", "dave@opensmtpd.test" = "mail" }
listen on 127.0.11.3 port $PEER_PORT tls pki peers hostname mx.opensmtpd.test
action box maildir "/peers/mail/%{dest.user}" virtual <boxes>
action back relay host smtp://127.0.0.1:$POSTRIDER_INBOUND_PORT
match from any for domain "opensmtpd.test" action box
match from local for any action back
CONF
    chmod 600 "$1/peers/key.pem" "$1/etc/smtpd.conf"
    chroot "$1" smtpd -d >"$2" 2>&1 &
}

package_of() { case $1 in exim) echo exim4-daemon-heavy ;; *) echo "$1" ;; esac }
address_of() { case $1 in postfix) echo 127.0.11.1 ;; exim) echo 127.0.11.2 ;; opensmtpd) echo 127.0.11.3 ;; *) fail "no peer '$1' (expected: postfix, exim, opensmtpd)" ;; esac }

for peer in $PEERS; do
    echo "Installing and starting $peer ..."
    address=$(address_of "$peer")
    install_peer "$peer" "$(package_of "$peer")"
    "start_$peer" "$WORK/$peer/root" "$WORK/$peer.log"
    end=$((SECONDS + START_SECONDS))
    until (exec 3<>"/dev/tcp/$address/$PEER_PORT") 2>/dev/null; do
        [ "$SECONDS" -lt "$end" ] || { cat "$WORK/$peer.log"* >&2; fail "$peer does not listen after $START_SECONDS s"; }
        sleep 0.2
    done
done

echo "Starting a node ..."
/usr/bin/python3 "$ROOT/integration-tests/peers.py" settings >"$WORK/settings"
set -a
. "$WORK/settings"
set +a
"$ROOT/postrider" run --detach --home "$WORK/home" >"$WORK/start.log" 2>&1 || { cat "$WORK/start.log" >&2; exit 2; }
code=0
/usr/bin/python3 "$ROOT/integration-tests/peers.py" check || code=$?
"$ROOT/postrider" stop --home "$WORK/home" >/dev/null || true
exit "$code"
