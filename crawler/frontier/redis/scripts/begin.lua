-- Begin to open a run. {last: its JSON or "", run: JSON, is_new, number, plan, limits, ..., refused} -> 1; 0: another did
local runs = P .. 'runs'
if (call('LINDEX', runs, -1) or '') ~= A.last then
  return 0
end
if A.is_new then
  call('RPUSH', runs, A.run)
  call('DEL', P .. 'warnings', P .. 'outcomes')
else
  call('LSET', runs, -1, A.run)
end
if A.clears_work then
  for _, field in ipairs({'pages', 'requests', 'wire_bytes', 'unchanged', 'retries', 'expired'}) do
    put(WORK, field, A.work and A.work[field] or 0)
  end
end
if A.clears_seeds then
  call('DEL', SEEDS)
end
if A.refused == 'kept' and A.last ~= '' then
  call('DEL', P .. 'refused:' .. (A.number - 1))
  if call('EXISTS', P .. 'refused') == 1 then
    call('RENAME', P .. 'refused', P .. 'refused:' .. (A.number - 1))
  end
elseif A.refused == 'forgotten' then
  call('DEL', P .. 'refused')
end
put(META, 'opening', A.opening)
put(META, 'over', false)
put(META, 'run', A.number)
if A.plan then
  put(META, 'limits', A.limits)
  put(META, 'max_pages', A.max_pages)
  put(META, 'max_bytes', A.max_bytes)
  call('SET', P .. 'plan', A.plan)
  increase(META, 'plan', 1)
end
commit()
return 1
