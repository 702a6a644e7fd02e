-- Counts what users met, for wrk. An answer marked X-Injected is a fault that the shop was told to make, and counts apart.
-- The last line that it prints is JSON.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  answers, not_2xx, injected, versions = 0, 0, 0, ""
  seen = {}
end

function response(status, headers, body)
  answers = answers + 1
  if headers["x-injected"] or headers["X-Injected"] then
    injected = injected + 1
  elseif status < 200 or status > 299 then
    not_2xx = not_2xx + 1
  end
  local version = headers["x-version"] or headers["X-Version"]
  if version and not seen[version] then
    seen[version] = true
    versions = versions .. version .. " "
  end
end

function done(summary, latency, requests)
  local answers, not_2xx, injected, versions = 0, 0, 0, ""
  for _, thread in ipairs(threads) do
    answers = answers + thread:get("answers")
    not_2xx = not_2xx + thread:get("not_2xx")
    injected = injected + thread:get("injected")
    versions = versions .. thread:get("versions")
  end
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '{"requests":%d,"not_2xx":%d,"injected":%d,"broken":%d,"failed":%d,"seconds":%.3f,"p99_us":%d,"versions":"%s"}\n',
    answers, not_2xx, injected, broken, broken + not_2xx, summary.duration / 1e6, latency:percentile(99), versions))
end
