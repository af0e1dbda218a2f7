-- What the ledger asks.

-- name: totals
SELECT hosts, queued, claimed, done, failed, excluded FROM total

-- name: counts
SELECT queued, claimed, done, failed, excluded, hosts, coalesce(pages, 0), coalesce(requests, 0),
    coalesce(wire_bytes, 0), coalesce(unchanged, 0), coalesce(retries, 0)
FROM total LEFT JOIN run ON number = (SELECT max(number) FROM run)

-- name: last_run
SELECT number, name, started_at, ended_at, outcome, options, pages, requests, wire_bytes, unchanged, retries,
    totals, max_pages, max_pages_per_host, overrides
FROM run ORDER BY number DESC LIMIT 1

-- name: runs
SELECT number, name, started_at, ended_at, outcome, options, pages, requests, wire_bytes, unchanged, retries,
    totals, max_pages, max_pages_per_host, overrides
FROM run ORDER BY number

-- name: entry
SELECT {entry} FROM url JOIN host ON host.id = url.host_id LEFT JOIN capture ON capture.id = url.good_id
WHERE url.key_hash = ?

-- name: entries
SELECT {entry} FROM url JOIN host ON host.id = url.host_id LEFT JOIN capture ON capture.id = url.good_id
WHERE url.id > ? ORDER BY url.id LIMIT ?

-- name: entries_in_state
SELECT {entry} FROM url JOIN host ON host.id = url.host_id LEFT JOIN capture ON capture.id = url.good_id
WHERE url.id > ? AND url.state = ? ORDER BY url.id LIMIT ?

-- name: entry_by_id
SELECT {entry} FROM url JOIN host ON host.id = url.host_id LEFT JOIN capture ON capture.id = url.good_id
WHERE url.id = ?

-- name: address
SELECT good.mirror_path, last.redirect_to
FROM url
LEFT JOIN capture AS good ON good.id = url.good_id
LEFT JOIN capture AS last ON last.id = url.last_id AND last.status BETWEEN 300 AND 399
WHERE url.key_hash = ?

-- name: good_copy
SELECT (SELECT redirect_to FROM capture WHERE id = url.last_id AND status BETWEEN 300 AND 399), {capture}
FROM url LEFT JOIN capture ON capture.id = url.good_id
WHERE url.key_hash = ?

-- name: last_doubted
SELECT {capture} FROM url JOIN capture ON capture.id = url.last_id
WHERE url.key_hash = ? AND capture.doubt <> ''

-- name: alike
-- How many other URLs were last answered with the same face, up to a number.
SELECT count(*) FROM (
    SELECT 1 FROM capture JOIN url ON url.id = capture.url_id AND url.last_id = capture.id
    WHERE capture.face = ? AND capture.face <> '' AND url.key_hash <> ? LIMIT ?)

-- name: page_targets
SELECT url_id, targets FROM page_target WHERE url_id > ? ORDER BY url_id LIMIT ?

-- name: moved
SELECT fingerprint FROM moved WHERE fingerprint >= ? ORDER BY fingerprint LIMIT ?

-- name: hosts
SELECT {host} FROM host ORDER BY queued + claimed + done + failed + excluded DESC, name

-- name: host
SELECT {host} FROM host WHERE name = ?

-- name: refusals
SELECT rule, host, links FROM refusal WHERE run = (SELECT max(number) FROM run) ORDER BY links DESC, rule, host

-- name: hosts_refused_by
SELECT DISTINCT host FROM refusal
WHERE rule = ?
    AND run > coalesce((SELECT max(number) FROM run WHERE options <> (
        SELECT options FROM run ORDER BY number DESC LIMIT 1)), 0)
    AND run >= coalesce((SELECT max(number) FROM run WHERE unchanged = 0), 0)

-- name: seeds
SELECT seed, url, state, via, reason, status FROM url
WHERE seed > :last AND (:states = '' OR instr(:states, state) > 0) ORDER BY seed LIMIT :limit

-- name: redirected_seeds
SELECT seed, url, state, via, reason, status FROM url
WHERE seed > :last AND via IS NOT NULL AND (:states = '' OR instr(:states, state) > 0) ORDER BY seed LIMIT :limit

-- name: seed_groups
SELECT host.name, groups.state, groups.seeds, groups.url
FROM (
    -- With min() a bare column is that of the least row.
    SELECT host_id, state, count(*) AS seeds, url, min(seed) FROM url
    WHERE seed IS NOT NULL AND via IS NULL AND NOT (state = 'done' AND {leads_to} IS NOT NULL)
    GROUP BY host_id, state
) AS groups JOIN host ON host.id = groups.host_id

-- name: seed_ways
SELECT seed, url, state, via, reason, status, {leads_to} AS leads_to FROM url
WHERE seed > :last AND via IS NULL AND leads_to IS NOT NULL ORDER BY seed LIMIT :limit

-- name: way_on
SELECT seed, url, state, via, reason, status, {leads_to} FROM url WHERE key_hash = ?

-- name: robots
SELECT origin, fetched_at, status, body, address FROM robots WHERE origin = ?

-- name: original
SELECT body FROM original WHERE digest = ?

-- name: segments
SELECT name, length FROM segment

-- name: surprises
SELECT url.id, url.key, last.redirect_to
FROM url
LEFT JOIN capture AS last ON last.id = url.last_id AND last.status BETWEEN 300 AND 399
WHERE url.is_surprise = 1 AND url.id > ? ORDER BY url.id LIMIT ?

-- name: captures
SELECT capture.url_id, capture.id, {capture} FROM capture JOIN url ON url.id = capture.url_id
WHERE capture.segment IS NOT NULL AND (capture.url_id, capture.id) > (?, ?)
ORDER BY capture.url_id, capture.id LIMIT ?

-- name: captures_of
SELECT {capture} FROM capture JOIN url ON url.id = capture.url_id
WHERE url.key_hash = ? AND capture.segment IS NOT NULL ORDER BY capture.id

-- name: joined
SELECT seed, url FROM url WHERE seed > ? AND via IS NOT NULL ORDER BY seed LIMIT ?

-- name: outcomes
-- Reads every URL: for the end of a run.
SELECT state, substr(reason, 1, instr(reason || ':', ':') - 1), count(*) FROM url
WHERE run = (SELECT max(number) FROM run) AND state IN ('done', 'failed', 'excluded') GROUP BY 1, 2 ORDER BY 1, 2

-- name: listed_pages
-- Reads every capture, never every URL: there may be a thousand times as many. CROSS JOIN holds SQLite to that.
SELECT {entry} FROM capture CROSS JOIN url ON url.id = capture.url_id AND url.good_id = capture.id
JOIN host ON host.id = url.host_id
WHERE capture.mirror_path IS NOT NULL AND capture.media_type IN ({html}) AND (url.is_linked OR NOT url.is_embedded)
ORDER BY host.name, url.url

-- name: listed_missing
-- Reads every URL.
SELECT {entry} FROM url JOIN host ON host.id = url.host_id LEFT JOIN capture ON capture.id = url.good_id
WHERE url.state IN ('failed', 'excluded') AND capture.mirror_path IS NULL
ORDER BY host.name, url.url

-- name: listed_files
SELECT {entry} FROM capture CROSS JOIN url ON url.id = capture.url_id AND url.good_id = capture.id
JOIN host ON host.id = url.host_id
WHERE capture.mirror_path IS NOT NULL
ORDER BY capture.mirror_path, capture.captured_at DESC, url.url

-- name: shifts
-- What is to be told of every URL of which one of the runs after :since, up to :until, found out anything. Captures
-- of a run lie together, the last run's at the end.
SELECT url.url, url.hops, iif(before.rendering = '', before.digest, substr(before.rendering, 1, 71)), before.gist, before.title, before.media_type, iif(now.rendering = '', now.digest, substr(now.rendering, 1, 71)), now.gist, now.title,
    now.media_type, now.status, now.size_bytes,
    EXISTS (SELECT 1 FROM capture WHERE url_id = url.id AND run > :since AND run <= :until AND {good} AND is_revised),
    coalesce((SELECT kind FROM lapse WHERE url_id = url.id AND run <= :since ORDER BY run DESC LIMIT 1), ''),
    coalesce((SELECT kind FROM lapse WHERE url_id = url.id AND run <= :until ORDER BY run DESC LIMIT 1), ''),
    coalesce((SELECT reason FROM lapse WHERE url_id = url.id AND run <= :until ORDER BY run DESC LIMIT 1), ''),
    coalesce((SELECT is_linked FROM unlinking WHERE url_id = url.id AND run <= :since ORDER BY run DESC LIMIT 1), 1),
    coalesce((SELECT is_linked FROM unlinking WHERE url_id = url.id AND run <= :until ORDER BY run DESC LIMIT 1), 1),
    (SELECT redirect_to FROM capture WHERE url_id = url.id AND run <= :until AND redirect_to IS NOT NULL
        ORDER BY id DESC LIMIT 1)
FROM (
    SELECT url_id FROM capture
    WHERE id > coalesce((SELECT id FROM capture WHERE run <= :since ORDER BY id DESC LIMIT 1), 0)
        AND id <= coalesce((SELECT id FROM capture WHERE run <= :until ORDER BY id DESC LIMIT 1), 0)
    UNION SELECT url_id FROM lapse WHERE run > :since AND run <= :until
    UNION SELECT url_id FROM unlinking WHERE run > :since AND run <= :until
) AS concerned
CROSS JOIN url ON url.id = concerned.url_id
LEFT JOIN capture AS before ON before.id = (
    SELECT max(id) FROM capture WHERE url_id = url.id AND run <= :since AND {good})
LEFT JOIN capture AS now ON now.id = (
    SELECT max(id) FROM capture WHERE url_id = url.id AND run <= :until AND {good})
WHERE now.id IS NOT NULL AND url.hops NOT LIKE '%P'
ORDER BY url.url

-- name: copy_as_of
SELECT {capture} FROM capture JOIN url ON url.id = capture.url_id
WHERE url.key_hash = ? AND capture.run <= ? AND {good} ORDER BY capture.id DESC LIMIT 1

-- name: runs_of_change
-- The runs in which a URL came as something else than before, the last first.
SELECT DISTINCT capture.run FROM capture JOIN url ON url.id = capture.url_id
WHERE url.key_hash = ? AND {good} AND is_revised ORDER BY capture.run DESC LIMIT ?

-- name: answers_by_status
SELECT status, count(*), sum(size_bytes) FROM capture
WHERE id > coalesce((SELECT id FROM capture WHERE run < :run ORDER BY id DESC LIMIT 1), 0) AND run = :run
GROUP BY status ORDER BY status

-- name: answers_by_time
SELECT cast((captured_at - :start) / :step AS INTEGER), count(*), sum(size_bytes) FROM capture
WHERE id > coalesce((SELECT id FROM capture WHERE run < :run ORDER BY id DESC LIMIT 1), 0) AND run = :run
GROUP BY 1 ORDER BY 1

-- name: answers_by_host
SELECT host.name, count(*), sum(size_bytes) FROM capture CROSS JOIN url ON url.id = capture.url_id
CROSS JOIN host ON host.id = url.host_id
WHERE capture.id > coalesce((SELECT id FROM capture WHERE run < :run ORDER BY id DESC LIMIT 1), 0) AND capture.run = :run
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :limit
