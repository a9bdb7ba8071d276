-- Counts the replies whose status is not 200 or whose body is not the argument. For the requests before a measurement:
-- wrk itself would be slower with it.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  expected = args[1]
  wrong = 0
end

function response(status, headers, body)
  if status ~= 200 or body ~= expected then
    wrong = wrong + 1
  end
end

function done(summary, latency, requests)
  local sum = 0
  for _, thread in ipairs(threads) do
    sum = sum + thread:get("wrong")
  end
  io.write("wrong replies: " .. sum .. "\n")
end
