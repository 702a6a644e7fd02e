-- As count.lua, by ten thousand users: each request carries the cookie `sid` of one of them, in no particular order.
dofile("bench/count.lua")

local users = 10000
local count = init
local asked, user = {}, 0

function init(args)
  count(args)
  for i = 0, users - 1 do
    asked[i] = wrk.format("GET", nil, { Cookie = "sid=user-" .. i })
  end
  -- Threads begin at different users.
  user = math.random(users) - 1
end

-- 7,919 has no divisor in common with 10,000, so that every user comes before one comes again.
function request()
  user = (user + 7919) % users
  return asked[user]
end
