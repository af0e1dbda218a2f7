-- The full-text index of the pages, made of the archive; it may be deleted at any time.

-- name: mark
PRAGMA user_version = 2

-- name: begin
CREATE VIRTUAL TABLE page USING fts5(title, address, text, tokenize = 'unicode61 remove_diacritics 2')

-- name: progress
CREATE TABLE progress (captures INTEGER NOT NULL, source TEXT NOT NULL, walk INTEGER NOT NULL, is_over INTEGER NOT NULL)

-- name: holding
-- Which text of a page is in, and in which walk through all captures it was met last.
CREATE TABLE held (
    number   INTEGER PRIMARY KEY,
    address  TEXT NOT NULL UNIQUE,
    version  TEXT NOT NULL,
    walk     INTEGER NOT NULL
)

-- name: start
INSERT INTO progress VALUES (0, '', 0, 1)

-- name: reached
SELECT captures, source FROM progress

-- name: begin_walk
UPDATE progress SET captures = 0, source = ?, walk = walk + 1, is_over = 0

-- name: reach
UPDATE progress SET captures = ?

-- name: meet
UPDATE held SET walk = (SELECT walk FROM progress) WHERE address = :address AND version = :version

-- name: hold
INSERT INTO held (address, version, walk) VALUES (:address, :version, (SELECT walk FROM progress))
ON CONFLICT (address) DO UPDATE SET version = excluded.version, walk = excluded.walk RETURNING number

-- name: drop
DELETE FROM page WHERE rowid = ?

-- name: put
INSERT INTO page (rowid, title, address, text) VALUES (?, ?, ?, ?)

-- name: end_walk
UPDATE progress SET is_over = 1 WHERE NOT is_over

-- name: drop_unmet
DELETE FROM page WHERE rowid IN (SELECT number FROM held WHERE walk < (SELECT walk FROM progress))

-- name: let_go_of_unmet
DELETE FROM held WHERE walk < (SELECT walk FROM progress)

-- name: find
SELECT rowid, address, highlight(page, 0, char(2), char(3)), snippet(page, 2, char(2), char(3), '…', 24)
FROM page WHERE page MATCH :query ORDER BY bm25(page, 8.0, 4.0, 1.0), rowid LIMIT :limit OFFSET :offset

-- name: count
SELECT count(*) FROM (SELECT 1 FROM page WHERE page MATCH :query LIMIT :most)

-- name: pages
SELECT count(*) FROM page
