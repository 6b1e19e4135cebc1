-- Times are milliseconds since 1970-01-01 UTC. Secrets are sealed by a SecretBox, whose context names table, key and column.
-- Tables without rowid keep their rows in the order of their keys: message ids are ULIDs, so new rows go to the end.

CREATE TABLE tenants (
    name TEXT NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
    username TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    disabled INTEGER NOT NULL,
    description TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX credentials_by_tenant ON credentials (tenant);

CREATE TABLE sending_domains (
    name TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    return_path_domain TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sending_domains_by_tenant ON sending_domains (tenant);

CREATE INDEX sending_domains_by_return_path_domain ON sending_domains (return_path_domain);

CREATE TABLE dkim_keys (
    domain TEXT NOT NULL,
    selector TEXT NOT NULL,
    position INTEGER NOT NULL,
    private_key_sealed BLOB NOT NULL,
    public_key BLOB NOT NULL,
    active INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (domain, selector)
) STRICT;

CREATE TABLE relays (
    name TEXT NOT NULL PRIMARY KEY,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    tls_mode TEXT NOT NULL,
    tls_verify INTEGER NOT NULL,
    tls_ca TEXT,
    username TEXT,
    password_sealed BLOB,
    max_connections INTEGER NOT NULL,
    messages_per_connection INTEGER NOT NULL,
    header_set TEXT NOT NULL
) STRICT;

CREATE TABLE routes (
    name TEXT NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL,
    conditions TEXT NOT NULL,
    via TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The state is that of all deliveries: open, a final state that they share, or mixed.
CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    stream TEXT NOT NULL,
    submitter TEXT NOT NULL,
    sender TEXT COLLATE NOCASE,
    subject TEXT NOT NULL,
    size INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    recipients INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_by_sender ON messages (sender, id);

CREATE INDEX messages_by_state ON messages (state, id);

-- A delivery may have its row before its message has one: outcomes can be recorded before the acceptance.
CREATE TABLE deliveries (
    message_id TEXT NOT NULL,
    recipient TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    owner TEXT,
    next_attempt_at INTEGER,
    pinned_to TEXT,
    explanation TEXT NOT NULL,
    PRIMARY KEY (message_id, recipient)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_by_recipient ON deliveries (recipient COLLATE NOCASE, message_id);

CREATE TABLE attempts (
    message_id TEXT NOT NULL,
    recipient TEXT NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    route TEXT NOT NULL,
    source TEXT NOT NULL,
    mx TEXT NOT NULL,
    tls TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reply_code INTEGER,
    reply_text TEXT,
    reason TEXT,
    fault TEXT,
    duration_ms INTEGER NOT NULL,
    talk TEXT NOT NULL,
    PRIMARY KEY (message_id, recipient, number)
) STRICT, WITHOUT ROWID;

-- The recipient is empty for what happened to the message as a whole. The step tells events of one type apart: the number of attempts made, or the
-- entry that was made or ended. The sequence is the order of recording; it decides between events of the same millisecond.
CREATE TABLE events (
    message_id TEXT NOT NULL,
    recipient TEXT NOT NULL,
    type TEXT NOT NULL,
    step TEXT NOT NULL,
    at INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (message_id, recipient, type, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_sequence (
    last INTEGER NOT NULL
) STRICT;

INSERT INTO event_sequence (last) VALUES (0);

-- A mail that was released or discarded leaves its row without the entry: so a change that is recorded again is known, and lists can go on behind it.
CREATE TABLE held_mails (
    key TEXT NOT NULL PRIMARY KEY,
    message_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    cause TEXT NOT NULL,
    entry BLOB
) STRICT;

CREATE INDEX held_mails_kept ON held_mails (at, key) WHERE entry IS NOT NULL;
