-- The full-text index of the pages, made of the archive; it may be deleted at any time.

-- name: mark
PRAGMA user_version = 1

-- name: begin
CREATE VIRTUAL TABLE page USING fts5(title, address, text, tokenize = 'unicode61 remove_diacritics 2')

-- name: progress
CREATE TABLE progress (captures INTEGER NOT NULL, source TEXT NOT NULL)

-- name: start
INSERT INTO progress VALUES (0, '')

-- name: reached
SELECT captures, source FROM progress

-- name: reach
UPDATE progress SET captures = ?, source = ?

-- name: drop
DELETE FROM page WHERE rowid = ?

-- name: put
INSERT INTO page (rowid, title, address, text) VALUES (?, ?, ?, ?)

-- name: empty
DELETE FROM page

-- name: find
SELECT rowid, address, highlight(page, 0, char(2), char(3)), snippet(page, 2, char(2), char(3), '…', 24)
FROM page WHERE page MATCH :query ORDER BY bm25(page, 8.0, 4.0, 1.0), rowid LIMIT :limit OFFSET :offset

-- name: count
SELECT count(*) FROM (SELECT 1 FROM page WHERE page MATCH :query LIMIT :most)

-- name: pages
SELECT count(*) FROM page
