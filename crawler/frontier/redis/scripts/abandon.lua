-- Make queued URLs without a file surprises that have moved. {from, to} -> how many
local abandoned = 0
for n = A.from, A.to do
  local row = url_at(n)
  if row and row.f.s == 'queued' and not row.f.hf and not row.f.su then
    put(row, 'su', true)
    call('SADD', MOVED, row.f.fp or 0)
    abandoned = abandoned + 1
  end
end
write_rows()
return abandoned
