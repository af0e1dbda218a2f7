-- Queue what is claimed, of one holder or of all. {holder} -> how many, the instant
local freed = requeue_claimed(nil, A.holder)
commit()
return {freed, exact(NOW)}
