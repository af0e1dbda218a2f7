-- From version 2: several processes at one crawl, bytes as a budget of the frontier's, what holds for some hosts,
-- how links were offered.

-- name: max_bytes
ALTER TABLE run ADD COLUMN max_bytes INTEGER

-- name: retries
ALTER TABLE run ADD COLUMN retries INTEGER NOT NULL DEFAULT 0

-- name: holder
ALTER TABLE url ADD COLUMN holder INTEGER NOT NULL DEFAULT 0

-- name: delay_seconds
ALTER TABLE run ADD COLUMN delay_seconds REAL NOT NULL DEFAULT 0

-- name: overrides
ALTER TABLE run ADD COLUMN overrides TEXT NOT NULL DEFAULT '[]'

-- name: led
CREATE INDEX url_led ON url (seed) WHERE seed IS NOT NULL AND via IS NOT NULL

-- name: canonical
ALTER TABLE capture ADD COLUMN canonical TEXT
-- name: offered_as
ALTER TABLE url ADD COLUMN offered_as INTEGER

-- name: reads_again
ALTER TABLE url DROP COLUMN reads_again

-- name: what_leads_on
UPDATE url SET offered_as = 2 * depth + (is_embedded AND NOT is_linked)
WHERE last_id IN (
    SELECT id FROM capture WHERE redirect_to IS NOT NULL
    OR media_type IN ('text/html', 'application/xhtml+xml', 'text/css', 'image/svg+xml'))
