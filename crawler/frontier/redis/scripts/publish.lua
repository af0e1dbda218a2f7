-- Say by what all workers go, and let them. {}, then the terms -> their version
increase(META, 'terms', 1)
call('SET', P .. 'terms', ARGV[2])
put(META, 'seeding', false)
put(META, 'paused', false)
commit()
return number(META, 'terms')
