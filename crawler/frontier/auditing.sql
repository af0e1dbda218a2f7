-- What is asked when an output is verified.

-- name: stored
-- Sorted on disk; there is no index, for nobody else asks so.
SELECT {capture} FROM capture JOIN url ON url.id = capture.url_id
WHERE capture.segment IS NOT NULL ORDER BY capture.segment, capture.offset

-- name: older_files
SELECT DISTINCT capture.mirror_path FROM capture JOIN url ON url.id = capture.url_id
WHERE capture.mirror_path IS NOT NULL AND capture.id IS NOT url.good_id

-- name: totals
SELECT queued, claimed, done, failed, excluded, hosts FROM total

-- name: counted
SELECT coalesce(sum(state = 'queued'), 0), coalesce(sum(state = 'claimed'), 0), coalesce(sum(state = 'done'), 0),
    coalesce(sum(state = 'failed'), 0), coalesce(sum(state = 'excluded'), 0), (SELECT count(*) FROM host)
FROM url

-- name: hosts_that_differ
SELECT name FROM host LEFT JOIN (
    SELECT host_id, sum(state = 'queued') AS q, sum(state = 'claimed') AS c, sum(state = 'done') AS d,
        sum(state = 'failed') AS f, sum(state = 'excluded') AS e
    FROM url GROUP BY host_id
) ON host_id = host.id
WHERE (queued, claimed, done, failed, excluded)
    IS NOT (coalesce(q, 0), coalesce(c, 0), coalesce(d, 0), coalesce(f, 0), coalesce(e, 0))
ORDER BY name

-- name: urls_that_differ
-- Those whose good or last answer is another URL's, or none.
SELECT url.url FROM url
LEFT JOIN capture AS good ON good.id = url.good_id
LEFT JOIN capture AS last ON last.id = url.last_id
WHERE (url.good_id IS NOT NULL AND good.url_id IS NOT url.id)
    OR (url.last_id IS NOT NULL AND last.url_id IS NOT url.id)
ORDER BY url.id

-- name: segments_that_differ
-- Those that hold an answer behind what is believed of them.
SELECT capture.segment FROM capture LEFT JOIN segment ON segment.name = capture.segment
WHERE capture.segment IS NOT NULL
GROUP BY capture.segment HAVING max(capture.offset + capture.length) > coalesce(max(segment.length), 0)
