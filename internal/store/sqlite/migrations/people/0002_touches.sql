-- Whose a touch is, by the beginning of its id in the order of its signs. Touches are few beside events.
CREATE TABLE touch (
    start INTEGER PRIMARY KEY,
    row   INTEGER NOT NULL
) STRICT;
