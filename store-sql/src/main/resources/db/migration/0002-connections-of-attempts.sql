-- What there is to say of the connection of an attempt: with whom, and how long each step took.
ALTER TABLE attempts ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN certificate_problem TEXT;
ALTER TABLE attempts ADD COLUMN connect_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN handshake_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN transaction_ms INTEGER NOT NULL DEFAULT 0;
