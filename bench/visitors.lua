-- As count.lua, by visitors who come once each: about as many requests a second as there are connections, at random.
dofile("bench/count.lua")

local visitor = math.random(1e9)

function request()
  visitor = visitor + 1
  return wrk.format("GET", nil, { Cookie = "sid=visitor-" .. visitor })
end

function delay()
  -- The proxy ends connections that are idle for ten seconds, whoever is about to use them.
  return math.min(5000, math.floor(-1000 * math.log(1 - math.random())))
end
