-- Take in a worker, or take it in again. {name} -> its number
local n = call('HGET', P .. 'workers', A.name)
if not n then
  increase(META, 'workers', 1)
  n = number(META, 'workers')
  call('HSET', P .. 'workers', A.name, n)
end
call('ZADD', P .. 'alive', NOW, n)
commit()
return tonumber(n)
