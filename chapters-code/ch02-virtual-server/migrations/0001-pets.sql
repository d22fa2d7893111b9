-- What the shop knows of its pets, as they are now.
PRAGMA application_id = 1397247824; -- "SHOP", so that nobody restores another program's file

CREATE TABLE pets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
    name TEXT NOT NULL,
    species TEXT NOT NULL,
    born INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    customer TEXT -- who has adopted it; NULL while it is in the shop
) STRICT;

-- The answers that were given to requests with an idempotency key.
CREATE TABLE answers (
    key TEXT PRIMARY KEY,
    fingerprint BLOB NOT NULL, -- of the request, to know it again
    status INTEGER NOT NULL,
    location TEXT,
    body TEXT NOT NULL,
    at INTEGER NOT NULL -- seconds since 1970
) STRICT;
