-- From version 3: what a page says beside its bytes, and the history of what had a good copy.

-- name: gist
ALTER TABLE capture ADD COLUMN gist TEXT NOT NULL DEFAULT ''

-- name: is_revised
ALTER TABLE capture ADD COLUMN is_revised INTEGER NOT NULL DEFAULT 1

-- name: doubt
ALTER TABLE capture ADD COLUMN doubt TEXT NOT NULL DEFAULT ''

-- name: lapse
CREATE TABLE lapse (
    url_id  INTEGER NOT NULL REFERENCES url,
    run     INTEGER NOT NULL,
    kind    TEXT NOT NULL,                           -- gone, moved, failing; '': good again
    reason  TEXT NOT NULL,
    PRIMARY KEY (url_id, run)
) STRICT, WITHOUT ROWID

-- name: lapse_run
CREATE INDEX lapse_run ON lapse (run)

-- name: unlinking
CREATE TABLE unlinking (
    url_id     INTEGER NOT NULL REFERENCES url,
    run        INTEGER NOT NULL,
    is_linked  INTEGER NOT NULL,
    PRIMARY KEY (url_id, run)
) STRICT, WITHOUT ROWID

-- name: unlinking_run
CREATE INDEX unlinking_run ON unlinking (run)

-- name: former_target
CREATE TABLE former_target (url_id INTEGER PRIMARY KEY REFERENCES url, targets BLOB NOT NULL) STRICT
