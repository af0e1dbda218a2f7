-- The one function that reads the server's clock; every instant of a crawl comes from here.
local function server_now()
  local told = redis.call('TIME')
  return tonumber(told[1]) + tonumber(told[2]) / 1000000
end
