-- What is known already of what is told once more, by answers and lines of other folders.

-- name: newest_run
SELECT number, name FROM run ORDER BY name DESC LIMIT 1

-- name: run_named
SELECT number, name, started_at, ended_at, outcome FROM run WHERE name = ?

-- name: new_run
INSERT INTO run (name, started_at, options) VALUES (?, ?, ?)

-- name: reopen_run
UPDATE run SET ended_at = NULL, outcome = '' WHERE number = ?

-- name: reset_pages
UPDATE host SET pages = 0

-- name: release_all
UPDATE url SET state = 'queued', lease_expires_at = NULL, ready_at = 0 WHERE state = 'claimed'

-- name: free_hosts
UPDATE host SET queued = queued + claimed, claimed = 0 WHERE claimed > 0

-- name: free_total
UPDATE total SET queued = queued + claimed, claimed = 0

-- name: told
SELECT url.id, url.host_id, url.state, url.run, url.last_at, url.url, url.depth, url.hops, url.via, url.seed,
    url.is_linked, url.is_embedded, url.is_surprise, url.status,
    (SELECT redirect_to FROM capture WHERE id = url.last_id AND status BETWEEN 300 AND 399), {capture}
FROM url LEFT JOIN capture ON capture.id = url.good_id
WHERE key_hash = ?

-- name: take_way
UPDATE url SET hops = ?, via = ? WHERE id = ?

-- name: captured
-- What was kept of a URL in a run.
SELECT capture.id, {good}, capture.redirect_to IS NOT NULL, capture.digest, capture.media_type IN ({html})
FROM capture WHERE url_id = ? AND run = ? ORDER BY id DESC LIMIT 1

-- name: good_before
SELECT {capture} FROM capture JOIN url ON url.id = capture.url_id
WHERE capture.url_id = :url AND capture.run < :run AND {good} ORDER BY capture.run DESC, capture.id DESC LIMIT 1

-- name: take_back
UPDATE url SET
    good_id = (SELECT id FROM capture WHERE url_id = :url AND run < :run AND {good} ORDER BY run DESC, id DESC LIMIT 1),
    last_id = (SELECT id FROM capture WHERE url_id = :url AND run < :run ORDER BY run DESC, id DESC LIMIT 1),
    status = NULL
WHERE id = :url

-- name: drop_captures
DELETE FROM capture WHERE url_id = :url AND run = :run

-- name: drop_lapse
DELETE FROM lapse WHERE url_id = :url AND run = :run

-- name: uncount_page
UPDATE run SET pages = max(pages - 1, 0) WHERE number = :run

-- name: uncount_host_page
UPDATE host SET pages = max(pages - 1, 0) WHERE id = :host

-- name: last_token
SELECT last_token FROM total

-- name: tokens
UPDATE total SET last_token = ?

-- name: lease
UPDATE url SET state = 'claimed', token = ?, holder = 0, attempts = 1, lease_expires_at = 1e300, is_stored = 0,
    holds_page_slot = 0
WHERE id = ?

-- name: believe
INSERT INTO segment (name, length) VALUES (?, ?) ON CONFLICT DO UPDATE SET length = max(length, excluded.length)
