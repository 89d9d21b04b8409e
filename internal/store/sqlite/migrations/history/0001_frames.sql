-- One row per frame. The people stand before the body, so that looking for someone reads no bodies.
CREATE TABLE frame (
    number     INTEGER PRIMARY KEY,
    log        INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    people_crc INTEGER NOT NULL, -- CRC-32C of number and people
    crc        INTEGER NOT NULL, -- CRC-32C of number, log, at and body
    people     BLOB NOT NULL,    -- 16 bytes per entry
    body       BLOB NOT NULL     -- per entry its length (uvarint) and its bytes
) STRICT;
