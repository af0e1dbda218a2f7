-- A worker says that it is there, and how it stands. {holder, facts} -> run, version of the terms, how it ends, paused
if A.holder then
  call('ZADD', P .. 'alive', NOW, A.holder)
  call('SET', P .. 'worker:' .. A.holder, cjson.encode(A.facts))
end
return {number(META, 'run'), number(META, 'terms'), META.f.over or '', (META.f.paused or META.f.seeding) and 1 or 0}
