-- frame is the newest commit of which nothing is missing here.
CREATE TABLE about (only INTEGER PRIMARY KEY CHECK (only = 1), proof BLOB NOT NULL, frame INTEGER NOT NULL) STRICT;

-- Somebody, and the tokens of what they are, six bytes each, in order.
CREATE TABLE who (n INTEGER PRIMARY KEY, person BLOB NOT NULL UNIQUE, tokens BLOB NOT NULL) STRICT;
CREATE TABLE post (token INTEGER NOT NULL, who INTEGER NOT NULL, PRIMARY KEY (token, who)) STRICT, WITHOUT ROWID;

-- Who is to be compared with others; round changes when that is said again.
CREATE TABLE look (who INTEGER PRIMARY KEY, round INTEGER NOT NULL) STRICT;

-- Tokens that more people share than are compared.
CREATE TABLE crowd (token INTEGER PRIMARY KEY, kind TEXT NOT NULL) STRICT;

-- Two people who may be one, one before other. why and against are codes; word is sealed.
CREATE TABLE pair (one BLOB NOT NULL, other BLOB NOT NULL, state TEXT NOT NULL, identified INTEGER NOT NULL, why TEXT NOT NULL, against TEXT NOT NULL,
	score INTEGER NOT NULL, since INTEGER NOT NULL, word BLOB, PRIMARY KEY (one, other)) STRICT, WITHOUT ROWID;
CREATE INDEX pair_other ON pair (other);
CREATE INDEX pair_state ON pair (state, score);
