-- Who a human may have something to do about. Rows from before are taken for such until they are written again.
ALTER TABLE people ADD COLUMN notable INTEGER NOT NULL DEFAULT 1;

CREATE INDEX people_notable ON people (notable) WHERE notable = 1;
