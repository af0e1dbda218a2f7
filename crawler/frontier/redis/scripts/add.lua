-- Queue candidates that are not known. {plan, hosts: {name: facts}, urls: [candidate]} -> how many were new
if number(META, 'plan') ~= A.plan then
  return -1
end
local new = 0
for _, offered in ipairs(A.urls) do
  new = new + offer(offered)
end
commit()
return new
