-- How the frontier changes.

-- name: host_ids
SELECT name, id FROM host WHERE name IN ({terms})

-- name: new_host
INSERT INTO host (name, delay_seconds, least_seconds) VALUES (:name, :delay, :delay)

-- name: met
SELECT key_hash, id, depth, is_linked, is_embedded FROM url WHERE key_hash IN ({terms})

-- name: has_forgotten
SELECT EXISTS (SELECT 1 FROM url WHERE is_forgotten = 1)

-- name: known
SELECT host_id, state, depth, seed, is_linked, is_embedded, is_forgotten, offered_as FROM url WHERE id = ?

-- name: has_unoffered
SELECT EXISTS (SELECT 1 FROM url WHERE state = 'done' AND offered_as > 2 * depth + 1)

-- name: last_url
SELECT coalesce(max(id), 0) FROM url

-- name: new_url
INSERT INTO url (id, key_hash, url, other_key, host_id, state, depth, hops, via, seed, is_linked, is_embedded)
VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?)

-- name: take_path
UPDATE url SET url = ?, other_key = ?, depth = ?, hops = ?, via = ? WHERE id = ?

-- name: meet
UPDATE url SET seed = ?, is_linked = ?, is_embedded = ? WHERE id = ?

-- name: last_seed
SELECT coalesce(max(seed), 0) FROM url WHERE seed IS NOT NULL

-- name: queue_stored
UPDATE url SET state = 'queued', is_stored = 1, ready_at = 0 WHERE id = ?

-- name: queue_again
UPDATE url SET state = 'queued', ready_at = 0 WHERE id = ?

-- name: queue_outdated
UPDATE url SET state = 'queued', attempts = 0, ready_at = 0, is_due = 1 WHERE id = ?

-- name: is_outdated
-- Modified since its last good copy was seen to be the page; what never had one, since it was asked for.
SELECT 1 FROM url WHERE id = ? AND run < ? AND state IN ('done', 'failed') AND ? >
    iif(state = 'failed', coalesce((SELECT captured_at FROM capture WHERE capture.id = good_id), last_at), last_at)

-- name: is_offered_nearer
SELECT 1 FROM url
WHERE id = ? AND state = 'done' AND run = ? AND 2 * depth + (is_embedded AND NOT is_linked) < offered_as

-- name: is_too_deep
SELECT 1 FROM url WHERE id = ? AND run = ? AND (reason = 'depth' OR reason LIKE 'depth: %')

-- name: change_host
UPDATE host SET queued = queued + ?, claimed = claimed + ?, done = done + ?, failed = failed + ?,
    excluded = excluded + ?, pages = pages + ?, page_slots = page_slots + ?, ready_at = max(ready_at, ?),
    queue_at = min(queue_at, ?), free_at = min(free_at, ?)
WHERE id = ?

-- name: answer_host
UPDATE host SET queued = queued + ?, claimed = claimed + ?, done = done + ?, failed = failed + ?,
    excluded = excluded + ?, pages = pages + ?, page_slots = page_slots + ?, ready_at = max(ready_at, ?),
    queue_at = min(queue_at, ?), free_at = min(free_at, ?), delay_seconds = ?, parallel = ?, latency_seconds = ?,
    strain = ?, silences = ?, down = ?
WHERE id = ?

-- name: count_total
UPDATE total SET queued = queued + ?, claimed = claimed + ?, done = done + ?, failed = failed + ?,
    excluded = excluded + ?, hosts = hosts + ?

-- name: expired
SELECT id, host_id, holds_page_slot FROM url WHERE state = 'claimed' AND lease_expires_at <= ?

-- name: held_by
-- Reads every lease that is out: for a process that died.
SELECT id, host_id, holds_page_slot FROM url WHERE state = 'claimed' AND holder = ?

-- name: standing
SELECT claimed, (SELECT coalesce(max(seed), 0) FROM url WHERE seed IS NOT NULL) FROM total

-- name: release
UPDATE url SET state = 'queued', lease_expires_at = NULL, holds_page_slot = 0, ready_at = 0 WHERE id = ?

-- name: budget
SELECT number, pages, page_slots, wire_bytes, max_pages, max_pages_per_host, max_bytes, delay_seconds, overrides
FROM run ORDER BY number DESC LIMIT 1

-- name: ready_hosts
SELECT id, name, parallel - claimed, pages + page_slots, down FROM host
WHERE queued > 0 AND claimed < parallel AND opens_at <= :now ORDER BY opens_at, id LIMIT :limit

-- name: ready_hosts_without_slot
SELECT id, name, parallel - claimed, pages + page_slots, down FROM host
WHERE queued > 0 AND claimed < parallel AND opens_free_at <= :now ORDER BY opens_free_at, id LIMIT :limit

-- name: next_host
SELECT id, name, opens_at, pages + page_slots FROM host
WHERE queued > 0 AND claimed < parallel ORDER BY opens_at LIMIT 1

-- name: next_host_without_slot
SELECT id, name, opens_free_at, pages + page_slots FROM host
WHERE queued > 0 AND claimed < parallel ORDER BY opens_free_at LIMIT 1

-- name: claimable
SELECT url.id, url.key, url.url, url.depth, url.hops, url.via, url.seed, url.is_linked, url.is_embedded,
    url.attempts, url.is_stored, url.is_surprise, url.is_forgotten,
    (SELECT redirect_to FROM capture WHERE id = url.last_id AND status BETWEEN 300 AND 399), {capture}
FROM url LEFT JOIN capture ON capture.id = url.good_id
WHERE url.host_id = :host AND url.state = 'queued' AND url.ready_at <= :now
ORDER BY url.rank, url.turn, url.id LIMIT :limit

-- name: claimable_without_slot
SELECT url.id, url.key, url.url, url.depth, url.hops, url.via, url.seed, url.is_linked, url.is_embedded,
    url.attempts, url.is_stored, url.is_surprise, url.is_forgotten,
    (SELECT redirect_to FROM capture WHERE id = url.last_id AND status BETWEEN 300 AND 399), {capture}
FROM url LEFT JOIN capture ON capture.id = url.good_id
WHERE url.host_id = :host AND url.state = 'queued' AND url.ready_at <= :now AND url.needs_page_slot = 0
ORDER BY url.rank, url.turn, url.id LIMIT :limit

-- name: first_waiting
SELECT min(ready_at) FROM url WHERE host_id = ? AND state = 'queued' AND ready_at > 0

-- name: first_waiting_without_slot
SELECT min(ready_at) FROM url WHERE host_id = ? AND state = 'queued' AND ready_at > 0 AND needs_page_slot = 0

-- name: last_token
SELECT last_token FROM total

-- name: lease
UPDATE url SET state = 'claimed', token = ?, holder = ?, attempts = attempts + 1, lease_expires_at = ?,
    holds_page_slot = ? WHERE id = ?

-- name: tokens
UPDATE total SET last_token = ?

-- name: take_host_back
UPDATE host SET ready_at = max(ready_at, ? + delay_seconds), queue_at = 0, free_at = 0, page_slots = page_slots - ?
WHERE id = ?

-- name: sleep
UPDATE host SET queue_at = ? WHERE id = ?

-- name: sleep_without_slot
UPDATE host SET free_at = ? WHERE id = ?

-- name: slots
UPDATE run SET page_slots = page_slots + ? WHERE number = ?

-- name: held
SELECT key_hash, url.id, host_id, state, token, holds_page_slot, is_stored, offered_as,
    2 * depth + (is_embedded AND NOT is_linked), host.ready_at, least_seconds, requests, spare, adapts, latency_seconds,
    strain, silences, down
FROM url JOIN host ON host.id = url.host_id WHERE key_hash IN ({terms})

-- name: renew
UPDATE url SET lease_expires_at = ? WHERE key_hash = ? AND state = 'claimed' AND token = ?

-- name: last_capture
SELECT coalesce(max(id), 0) FROM capture

-- name: new_capture
INSERT INTO capture (id, url_id, run, captured_at, status, media_type, charset, content_type, size_bytes, digest,
    etag, last_modified, segment, offset, length, mirror_path, redirect_to, title, canonical, gist, is_revised, doubt,
    face, doubted_at, doubted_times, rendering)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: same_capture
UPDATE capture SET media_type = ?, charset = ?, etag = ?, last_modified = ?, mirror_path = ?, title = ?, canonical = ?
WHERE id = (SELECT good_id FROM url WHERE id = ?) RETURNING id

-- name: close_url
UPDATE url SET last_at = ?, status = coalesce(?, status), reason = ?, good_id = coalesce(?, good_id),
    last_id = coalesce(?, iif(? = 304, good_id, last_id)), state = ?, run = ?, is_surprise = ?, offered_as = ?,
    lease_expires_at = NULL, holds_page_slot = 0, is_stored = 0, is_forgotten = 0, ready_at = 0
WHERE id = ?

-- name: requeue_url
UPDATE url SET last_at = ?, status = coalesce(?, status), reason = ?, good_id = coalesce(?, good_id),
    last_id = coalesce(?, last_id), state = 'queued', attempts = attempts - ?, ready_at = ?, lease_expires_at = NULL,
    holds_page_slot = 0
WHERE id = ?

-- name: count_run
UPDATE run SET pages = pages + ?, page_slots = page_slots - ?, requests = requests + ?,
    wire_bytes = wire_bytes + ?, unchanged = unchanged + ?, retries = retries + ? WHERE number = ?

-- name: refuse
INSERT INTO refusal (run, rule, host, links) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET links = links + excluded.links

-- name: page_target
INSERT INTO page_target (url_id, targets) VALUES (?, ?) ON CONFLICT DO UPDATE SET targets = excluded.targets

-- name: page_target_by_key
INSERT INTO page_target (url_id, targets) SELECT id, ? FROM url WHERE key_hash = ?
ON CONFLICT DO UPDATE SET targets = excluded.targets

-- name: former_target
-- What a page led to before this run.
INSERT OR IGNORE INTO former_target (url_id, targets) SELECT url_id, targets FROM page_target WHERE url_id = ?

-- name: lapse
INSERT INTO lapse (url_id, run, kind, reason)
SELECT :url, :run, :kind, :reason WHERE (SELECT good_id FROM url WHERE id = :url) IS NOT NULL
    AND :kind <> coalesce((SELECT kind FROM lapse WHERE url_id = :url AND run < :run ORDER BY run DESC LIMIT 1), '')
ON CONFLICT DO UPDATE SET kind = excluded.kind, reason = excluded.reason

-- name: move
INSERT OR IGNORE INTO moved (fingerprint) VALUES (?)

-- name: settled
DELETE FROM moved

-- name: unsettled
SELECT url.id, url.key FROM url LEFT JOIN capture ON capture.id = url.good_id
WHERE url.state = 'queued' AND url.is_surprise = 0 AND capture.mirror_path IS NULL AND url.id > ?
ORDER BY url.id LIMIT ?

-- name: abandon
UPDATE url SET is_surprise = 1 WHERE id = ?

-- name: tempo
SELECT latency_seconds, strain, silences, down FROM host WHERE id = ?

-- name: pace
UPDATE host SET least_seconds = ?, requests = ?, spare = ?, adapts = ?, delay_seconds = ?, parallel = ? WHERE id = ?

-- name: keep_robots
INSERT INTO robots (origin, fetched_at, status, body, address) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET fetched_at = excluded.fetched_at, status = excluded.status, body = excluded.body,
    address = excluded.address

-- name: keep_original
INSERT OR IGNORE INTO original (digest, body) VALUES (?, ?)

-- name: new_run
INSERT INTO run (name, started_at, options) VALUES (?, ?, ?)

-- name: plan_run
UPDATE run SET ended_at = NULL, outcome = '', options = ?, max_pages = ?, max_pages_per_host = ?, max_depth = ?,
    max_bytes = ?, delay_seconds = ?, overrides = ?, page_slots = 0 WHERE number = ?

-- name: end_run
UPDATE run SET ended_at = ?, outcome = ?, totals = ?, page_slots = 0 WHERE number = ?

-- name: release_all
UPDATE url SET state = 'queued', lease_expires_at = NULL, holds_page_slot = 0, ready_at = 0 WHERE state = 'claimed'

-- name: free_hosts
UPDATE host SET queued = queued + claimed, claimed = 0, page_slots = 0, ready_at = max(ready_at, ? + delay_seconds)
WHERE claimed > 0

-- name: reset_hosts
UPDATE host SET page_slots = 0, queue_at = 0, free_at = 0, parallel = 1, requests = 1, spare = 0,
    silences = min(silences, :silences), down = '',
    -- A longer rest than this run grants was the wish of an earlier one.
    ready_at = iif(least_seconds > :longest, min(ready_at, :now + :delay), min(ready_at, :now + :longest)),
    least_seconds = iif(least_seconds > :longest, :delay, max(least_seconds, :delay)),
    delay_seconds = iif(least_seconds > :longest, :delay, max(delay_seconds, :delay))

-- name: reset_pages
UPDATE host SET pages = 0

-- name: forget_seeds
UPDATE url SET seed = NULL WHERE seed IS NOT NULL

-- name: forget_refusals
DELETE FROM refusal WHERE run = ?

-- name: queue_due
UPDATE url SET state = 'queued', attempts = 0, ready_at = CASE WHEN state = 'queued' THEN ready_at ELSE 0 END,
    is_due = iif({heals}, 0, max(is_due, is_stored, state <> 'queued')), is_stored = 0
WHERE id > :after AND id <= :until AND (state <> 'queued' OR attempts > 0 OR is_stored = 1)

-- name: queue_due_one
UPDATE url SET state = 'queued', attempts = 0, ready_at = CASE WHEN state = 'queued' THEN ready_at ELSE 0 END,
    is_due = iif({heals}, 0, max(is_due, is_stored, state <> 'queued')), is_stored = 0
WHERE id = ?

-- name: askable
-- With whether it may stay as it is while it is fresh, and what was seen of it.
SELECT url.id, host.name, url.url, state IN ('done', 'failed') AND NOT is_stored AND hops NOT LIKE '%P' AND NOT ({heals}),
    last_at, (SELECT min(captured_at) FROM capture WHERE url_id = url.id AND {good}),
    (SELECT count(DISTINCT iif(gist = '', digest, gist)) FROM capture WHERE url_id = url.id AND {good})
FROM url JOIN host ON host.id = url.host_id
WHERE url.id > :after AND url.id <= :until AND (state <> 'queued' OR attempts > 0 OR is_stored = 1)

-- name: queue_refused
UPDATE url SET state = 'queued', attempts = 0, ready_at = 0 WHERE id > :after AND id <= :until AND state = 'excluded'

-- name: queue_texts
UPDATE url SET state = 'queued', is_stored = 1, ready_at = 0, offered_as = NULL
WHERE id > :after AND id <= :until AND (
    state = 'queued' AND is_stored = 1
    OR state = 'done' AND run = :run AND (
        offered_as IS NOT NULL OR good_id = last_id AND EXISTS (SELECT 1 FROM capture WHERE capture.id = url.good_id
            AND media_type IN ('text/html', 'application/xhtml+xml', 'text/css'))))

-- name: drop_unfetched
DELETE FROM url WHERE id > :after AND id <= :until AND last_id IS NULL

-- name: drop_targets
DELETE FROM page_target
WHERE url_id IN (SELECT id FROM url WHERE id > :after AND id <= :until AND last_id IS NULL)

-- name: forget_validators
UPDATE url SET is_forgotten = 1, is_stored = 0, is_due = 0, attempts = 0, lease_expires_at = NULL, holds_page_slot = 0,
    state = CASE WHEN state IN ('queued', 'claimed') THEN 'done' ELSE state END
WHERE id > :after AND id <= :until

-- name: segment
INSERT INTO segment (name, length) VALUES (?, ?) ON CONFLICT DO UPDATE SET length = max(length, excluded.length)

-- name: count_urls
SELECT host_id, state, count(*) FROM url WHERE id > :after AND id <= :until GROUP BY host_id, state

-- name: empty_hosts
UPDATE host SET queued = 0, claimed = 0, done = 0, failed = 0, excluded = 0

-- name: recount_host
UPDATE host SET queued = ?, claimed = ?, done = ?, failed = ?, excluded = ? WHERE id = ?

-- name: recount_total
UPDATE total SET (hosts, queued, claimed, done, failed, excluded) = (
    SELECT count(*), coalesce(sum(queued), 0), coalesce(sum(claimed), 0), coalesce(sum(done), 0),
        coalesce(sum(failed), 0), coalesce(sum(excluded), 0) FROM host)

-- name: run_named
SELECT number FROM run WHERE name = ?

-- name: restored_run
INSERT INTO run (name, started_at, ended_at, outcome, options, totals, pages, requests, wire_bytes, unchanged,
    retries)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: restorable
SELECT id, host_id, state, run, last_at, good_id FROM url WHERE key_hash = ?

-- name: restore_url
UPDATE url SET state = :state, run = :run, last_at = :at, status = :status, reason = :reason, attempts = 1,
    is_stored = 0, ready_at = 0, good_id = :good_id, last_id = :last_id, offered_as = :offered_as,
    is_surprise = iif(:keeps OR :state = 'failed' AND :good_id IS NOT NULL, is_surprise, :is_surprise)
WHERE id = :id

-- name: restore_host_pages
UPDATE host SET pages = pages + ? WHERE id = ?
