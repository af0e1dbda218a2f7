-- Put the last run in the place of itself. {before: its JSON, after: JSON} -> 1; 0: it has changed
if (call('LINDEX', P .. 'runs', -1) or '') ~= A.before then
  return 0
end
call('LSET', P .. 'runs', -1, A.after)
return 1
