-- Take a slice of all URLs into a run. {from, to, mode: anew|all|fresh|judge, stays: [n], clears_seeds, healing: {word}} -> 1
local stays = {}
for _, n in ipairs(A.stays) do
  stays[n] = true
end

local function forget(row)
  hold_slot(row, false)
  put(row, 'a', 0)
  if not row.f.nx then
    local key, field = bucket(row.f.kh)
    call('HDEL', key, field)
    change_state(row, nil)
    row.gone = true
    return
  end
  if not FINAL[row.f.s] then
    change_state(row, 'done')
  end
  put(row, 'fo', true)
  put(row, 'is', false)
  put(row, 'du', false)
end

local function begin_anew(row)
  local is_final = FINAL[row.f.s] or false
  local may_heal = row.f.s == 'failed' and A.healing[word_of(row.f.r)] or false
  put(row, 'a', 0)
  put(row, 'du', (row.f.du or row.f.is or is_final) and not may_heal or false)
  put(row, 'is', false)
  if is_final then
    requeue(row)
  end
end

local function judge(row)
  local was_read = row.f.s == 'done' and number(row, 'fi') == number(META, 'run')
    and (row.f.o or (row.f.tx and row.f.gn))
  if row.f.s == 'excluded' then
    put(row, 'a', 0)
    requeue(row)
  elseif was_read then
    put(row, 'o', 0)
    queue_stored(row)
  elseif row.f.s == 'queued' and row.f.is then
    put(row, 'o', 0)
    put(row, 'ra', 0)
  end
end

for n = A.from, A.to do
  local row = url_at(n)
  if row then
    if A.clears_seeds and row.f.sd then
      put(row, 'sd', false)
    end
    if A.mode == 'fresh' then
      forget(row)
    elseif A.mode == 'judge' then
      judge(row)
    elseif not stays[n] then
      begin_anew(row)
    end
  end
end
commit()
return 1
