-- Whose record became part of whose. There are few.
CREATE TABLE forward (
    row     INTEGER PRIMARY KEY,
    person  BLOB NOT NULL,
    into_id BLOB NOT NULL
) STRICT;
