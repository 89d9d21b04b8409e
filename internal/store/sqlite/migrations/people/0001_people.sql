-- One row per person, keyed by the person's row number so that a batch is written in key order.
CREATE TABLE people (
    row     INTEGER PRIMARY KEY,
    person  BLOB NOT NULL,
    version INTEGER NOT NULL,
    wake    INTEGER, -- milliseconds; NULL is never
    due     INTEGER, -- likewise
    blob    BLOB NOT NULL
) STRICT;

-- Due changes seldom; wake changes with almost every commit, so its index would double the pages
-- written. Who wakes when is kept in memory and read from the rows at the start.
CREATE INDEX people_due ON people (due) WHERE due IS NOT NULL;

CREATE TABLE tally (
    key TEXT PRIMARY KEY,
    sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far the state has come, and by which batch.
CREATE TABLE mark (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    frame      INTEGER NOT NULL,
    log        INTEGER NOT NULL,
    from_frame INTEGER NOT NULL,
    from_log   INTEGER NOT NULL,
    digest     INTEGER NOT NULL
) STRICT;

INSERT INTO mark (id, frame, log, from_frame, from_log, digest) VALUES (1, 0, 0, 0, 0, 0);
