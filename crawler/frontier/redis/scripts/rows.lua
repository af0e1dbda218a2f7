-- Rows are hashes. They are read once a script, changed in memory, written once. Absent is 0, "" and false.
-- All keys of a crawl share the hash tag of KEYS[1], so that they lie in one slot of a cluster.
local P = string.sub(KEYS[1], 1, -5)
local A = cjson.decode(ARGV[1])
local call = redis.call
local NOW = server_now()
local LEASES, SEEDS, MOVED = P .. 'leases', P .. 'seeds', P .. 'moved'
local FINAL = {done = true, failed = true, excluded = true}
local loaded, changed = {}, {}

local function row_at(key)
  local row = loaded[key]
  if not row then
    row = {key = key, f = {}, d = {}}
    local flat = call('HGETALL', key)
    for i = 1, #flat, 2 do
      row.f[flat[i]] = flat[i + 1]
      row.exists = true
    end
    loaded[key] = row
  end
  return row
end

local META, WORK, STATES = row_at(P .. 'meta'), row_at(P .. 'work'), row_at(P .. 'states')

local function number(row, field)
  return tonumber(row.f[field] or 0)
end

-- A server that was emptied, or that lost what it held, must not look like a crawl that is over.
if A.of_run and number(META, 'run') < A.of_run then
  return redis.error_reply('LOST the run is not known here')
end

-- Redis cuts numbers to integers on the way out, and Lua writes 14 digits of them.
local function exact(value)
  return type(value) == 'number' and string.format('%.17g', value) or value
end

local function put(row, field, value)
  if value == true then
    value = 1
  elseif value == false or value == '' or value == 0 then
    value = nil
  end
  if exact(value) == exact(row.f[field]) then
    return
  end
  row.f[field] = value
  row.d[field] = true
  row.exists = true
  changed[row.key] = row
end

local function increase(row, field, by)
  put(row, field, number(row, field) + by)
end

local function url_at(n)
  local row = row_at(P .. 'u:' .. n)
  row.n, row.is_url = tonumber(n), true
  return row.exists and row or nil
end

local function host_at(h)
  return row_at(P .. 'h:' .. h)
end

local function bucket(hash)
  return P .. 'k:' .. string.sub(hash, 1, 4), string.sub(hash, 5)
end

local function find(hash)
  local n = call('HGET', bucket(hash))
  return n and url_at(n) or nil
end

local function flat_of(row)
  local flat = {}
  for field, value in pairs(row.f) do
    flat[#flat + 1] = field
    flat[#flat + 1] = exact(value)
  end
  return flat
end

local function write_rows()
  for key, row in pairs(changed) do
    if row.gone then
      call('DEL', key)
    else
      local kept, dropped = {}, {}
      for field in pairs(row.d) do
        local value = row.f[field]
        if value == nil then
          dropped[#dropped + 1] = field
        else
          kept[#kept + 1] = field
          kept[#kept + 1] = value
        end
      end
      if #kept > 0 then
        call('HSET', key, unpack(kept))
      end
      if #dropped > 0 then
        call('HDEL', key, unpack(dropped))
      end
    end
  end
end
