-- One row per frame of entries that were committed together; the rowid is the first one's position.
CREATE TABLE frame (
    first INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    crc   INTEGER NOT NULL, -- CRC-32C of first, count and body
    body  BLOB NOT NULL
) STRICT;

-- What trimming must not forget: how far it went and the newest time given away by then.
CREATE TABLE trimmed (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    up_to     INTEGER NOT NULL,
    newest_at INTEGER NOT NULL
) STRICT;

INSERT INTO trimmed (id, up_to, newest_at) VALUES (1, 0, -9223372036854775808);
