-- Queue what is claimed, of one holder, or of all that were silent for so long. {holder, silence_seconds} -> how many, the instant
local freed = requeue_claimed(nil, A.holder, A.silence_seconds)
commit()
return {freed, exact(NOW)}
