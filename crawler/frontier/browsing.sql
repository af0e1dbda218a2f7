-- What somebody who looks at an output asks, a stretch at a time.

-- name: versions
SELECT capture.id, {capture} FROM capture JOIN url ON url.id = capture.url_id
WHERE url.key_hash = :key_hash ORDER BY capture.captured_at DESC, capture.id DESC LIMIT :limit

-- name: as_of
-- The last good answer or redirect up to an instant.
SELECT capture.id, {capture} FROM capture JOIN url ON url.id = capture.url_id
WHERE url.key_hash = :key_hash AND capture.captured_at < :before AND {shown}
ORDER BY capture.captured_at DESC, capture.id DESC LIMIT 1

-- name: first_since
-- The same, the first from an instant on.
SELECT capture.id, {capture} FROM capture JOIN url ON url.id = capture.url_id
WHERE url.key_hash = :key_hash AND capture.captured_at >= :before AND {shown}
ORDER BY capture.captured_at, capture.id LIMIT 1

-- name: captures_after
SELECT capture.id, {capture} FROM capture JOIN url ON url.id = capture.url_id
WHERE capture.id > :after ORDER BY capture.id LIMIT :limit

-- name: entries_after
SELECT {entry} FROM url JOIN host ON host.id = url.host_id LEFT JOIN capture ON capture.id = url.good_id
WHERE url.id > :after AND (:state IS NULL OR url.state = :state)
    AND (:host IS NULL OR url.host_id = (SELECT id FROM host WHERE name = :host))
ORDER BY url.id LIMIT :limit

-- name: hosts_after
SELECT {host} FROM host WHERE name > :after ORDER BY name LIMIT :limit

-- name: busy_hosts
-- Those that are asked now, then those with the longest queue; the sums are small figures of one table.
SELECT {host} FROM host WHERE id IN (
    SELECT id FROM host ORDER BY claimed > 0 DESC, queued DESC, done DESC LIMIT :limit)
ORDER BY claimed > 0 DESC, queued DESC, done DESC, name

-- name: slow_hosts
SELECT name, latency_seconds FROM host WHERE latency_seconds > 0 ORDER BY latency_seconds DESC, name LIMIT :limit

-- name: pages_after
-- Pages whose text is to be found, in the order in which their answers came.
SELECT capture.id, capture.url_id, {capture} FROM capture CROSS JOIN url ON url.id = capture.url_id
WHERE capture.id > :after AND url.good_id = capture.id AND capture.media_type IN ({html})
    AND (url.is_linked OR NOT url.is_embedded)
ORDER BY capture.id LIMIT :limit

-- name: last_capture
SELECT coalesce(max(id), 0) FROM capture
