-- One row per chunk, in the order in which they were written: a run of the compactor writes at the
-- table's end, whoever it is about. The index finds somebody's, and tells how large they are without
-- reading them.
CREATE TABLE chunk (
    id      INTEGER PRIMARY KEY,
    person  BLOB NOT NULL,
    nth     INTEGER NOT NULL, -- the place of the first entry among the person's, from 0
    count   INTEGER NOT NULL,
    size    INTEGER NOT NULL, -- bytes of the entries before they were packed
    first   INTEGER NOT NULL, -- frames
    last    INTEGER NOT NULL,
    from_at INTEGER NOT NULL, -- milliseconds
    to_at   INTEGER NOT NULL,
    crc     INTEGER NOT NULL, -- CRC-32C of all the others but id
    body    BLOB NOT NULL
) STRICT;

CREATE INDEX chunk_of ON chunk (person, nth, count, size);

-- The newest frame that the chunks contain.
CREATE TABLE mark (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    frame  INTEGER NOT NULL,
    log    INTEGER NOT NULL,
    digest BLOB NOT NULL
) STRICT;

INSERT INTO mark (id, frame, log, digest) VALUES (1, 0, 0, zeroblob(32));
