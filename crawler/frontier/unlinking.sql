-- What no page leads to any more: for the end of a run.

-- name: former
SELECT former_target.targets, page_target.targets
FROM former_target LEFT JOIN page_target ON page_target.url_id = former_target.url_id

-- name: left
SELECT page_target.targets FROM lapse JOIN page_target ON page_target.url_id = lapse.url_id
WHERE lapse.run = :run AND lapse.kind IN ('gone', 'moved')

-- name: unlinked
SELECT url_id FROM unlinking AS this WHERE is_linked = 0
    AND run = (SELECT max(run) FROM unlinking WHERE url_id = this.url_id)

-- name: good
-- Reads every URL.
SELECT id, key FROM url WHERE good_id IS NOT NULL AND seed IS NULL AND (is_linked OR is_embedded)

-- name: leading
-- Reads the links of every page.
SELECT page_target.url_id, page_target.targets FROM page_target
WHERE coalesce((SELECT kind FROM lapse WHERE url_id = page_target.url_id ORDER BY run DESC LIMIT 1), '')
    NOT IN ('gone', 'moved')

-- name: redirects
-- Reads every URL.
SELECT url.id, capture.redirect_to FROM url JOIN capture ON capture.id = url.last_id
WHERE capture.redirect_to IS NOT NULL AND url.state = 'done'

-- name: forget_former
DELETE FROM former_target

-- name: note
INSERT INTO unlinking (url_id, run, is_linked) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET is_linked = excluded.is_linked
