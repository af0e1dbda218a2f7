-- From version 2: several processes at one crawl, bytes as a budget of the frontier's, what holds for some hosts, how
-- links were offered, what a page calls itself. A key is found by its hash, and stands in the row only where it is not
-- the URL itself. The indices come before the rows: sorting all of them at once would take memory by their number.

-- name: max_bytes
ALTER TABLE run ADD COLUMN max_bytes INTEGER

-- name: retries
ALTER TABLE run ADD COLUMN retries INTEGER NOT NULL DEFAULT 0

-- name: delay_seconds
ALTER TABLE run ADD COLUMN delay_seconds REAL NOT NULL DEFAULT 0

-- name: overrides
ALTER TABLE run ADD COLUMN overrides TEXT NOT NULL DEFAULT '[]'

-- name: canonical
ALTER TABLE capture ADD COLUMN canonical TEXT

-- name: new_url_table
CREATE TABLE new_url (
    id                INTEGER PRIMARY KEY,
    key_hash          BLOB NOT NULL,                 -- what the key is found by, 16 bytes; no two rows have the same
    url               TEXT NOT NULL,                 -- what goes on the wire
    other_key         TEXT,                          -- NULL: the key is the URL itself
    key               TEXT NOT NULL AS (coalesce(other_key, url)),  -- identity: one resource, one key
    host_id           INTEGER NOT NULL REFERENCES host,
    state             TEXT NOT NULL,                 -- queued claimed done failed excluded
    depth             INTEGER NOT NULL,
    hops              TEXT NOT NULL,
    via               TEXT,
    seed              INTEGER,                       -- its place among the last run's seeds
    is_linked         INTEGER NOT NULL,              -- may become a page
    is_embedded       INTEGER NOT NULL,              -- a page needs it to be shown
    is_due            INTEGER NOT NULL DEFAULT 0,    -- finished in an earlier run
    is_stored         INTEGER NOT NULL DEFAULT 0,    -- read its links again, fetch nothing
    -- How its links were offered last: twice the depth, and 1 more as a requisite; NULL: it has none to offer.
    offered_as        INTEGER,
    attempts          INTEGER NOT NULL DEFAULT 0,
    ready_at          REAL NOT NULL DEFAULT 0,
    token             INTEGER NOT NULL DEFAULT 0,
    holder            INTEGER NOT NULL DEFAULT 0,    -- the process that holds or held its lease
    lease_expires_at  REAL,
    holds_page_slot   INTEGER NOT NULL DEFAULT 0,
    is_surprise       INTEGER NOT NULL DEFAULT 0,    -- its address in the mirror is not the predicted one
    is_forgotten      INTEGER NOT NULL DEFAULT 0,    -- --fresh: do not use its validators
    run               INTEGER,                       -- that decided about it last
    last_at           REAL,
    status            INTEGER,
    reason            TEXT NOT NULL DEFAULT '',
    good_id           INTEGER REFERENCES capture,    -- the copy that the mirror shows
    last_id           INTEGER REFERENCES capture,    -- the last answer that was kept
    -- Its place in the queue: 0 requisites and stored pages, 1 never fetched, 2 due.
    rank              INTEGER NOT NULL AS (iif(is_due AND NOT is_stored, 2, NOT (is_embedded OR is_stored))),
    -- Within a rank: by depth, or by when it was last decided.
    turn              REAL NOT NULL AS (iif(is_due AND NOT is_stored, coalesce(last_at, 0), depth)),
    needs_page_slot   INTEGER NOT NULL AS (is_linked AND NOT is_embedded AND NOT is_stored)
) STRICT

-- name: drop_url_queue
DROP INDEX url_queue

-- name: drop_url_free
DROP INDEX url_free

-- name: drop_url_waiting
DROP INDEX url_waiting

-- name: drop_url_lease
DROP INDEX url_lease

-- name: drop_url_surprise
DROP INDEX url_surprise

-- name: drop_url_seed
DROP INDEX url_seed

-- name: url_key
CREATE INDEX url_key ON new_url (key_hash, depth, is_linked, is_embedded)

-- name: url_queue
CREATE INDEX url_queue ON new_url (host_id, rank, turn, id) WHERE state = 'queued'

-- name: url_free
CREATE INDEX url_free ON new_url (host_id, rank, turn, id) WHERE state = 'queued' AND needs_page_slot = 0

-- name: url_waiting
CREATE INDEX url_waiting ON new_url (host_id, ready_at) WHERE state = 'queued' AND ready_at > 0

-- name: url_lease
CREATE INDEX url_lease ON new_url (lease_expires_at) WHERE state = 'claimed'

-- name: url_surprise
CREATE INDEX url_surprise ON new_url (id) WHERE is_surprise = 1

-- name: url_seed
CREATE INDEX url_seed ON new_url (seed) WHERE seed IS NOT NULL

-- name: url_led
CREATE INDEX url_led ON new_url (seed) WHERE seed IS NOT NULL AND via IS NOT NULL

-- name: url_forgotten
CREATE INDEX url_forgotten ON new_url (id) WHERE is_forgotten = 1

-- name: url_unoffered
CREATE INDEX url_unoffered ON new_url (id) WHERE state = 'done' AND offered_as > 2 * depth + 1

-- name: copy_urls
INSERT INTO new_url (
    id, key_hash, url, other_key, host_id, state, depth, hops, via, seed, is_linked, is_embedded, is_due,
    is_stored, offered_as, attempts, ready_at, token, lease_expires_at, holds_page_slot, is_surprise, is_forgotten,
    run, last_at, status, reason, good_id, last_id
)
SELECT
    id, key_hash(key), url, nullif(key, url), host_id, state, depth, hops, via, seed, is_linked, is_embedded, is_due,
    is_stored,
    (SELECT 2 * depth + (is_embedded AND NOT is_linked) FROM capture WHERE capture.id = last_id AND (
        redirect_to IS NOT NULL
        OR media_type IN ('text/html', 'application/xhtml+xml', 'text/css', 'image/svg+xml'))),
    attempts, ready_at, token, lease_expires_at, holds_page_slot, is_surprise, is_forgotten,
    run, last_at, status, reason, good_id, last_id
FROM url ORDER BY id

-- name: drop_old_urls
DROP TABLE url

-- name: rename_new_urls
ALTER TABLE new_url RENAME TO url
