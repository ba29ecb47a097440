-- For wrk: each request claims a task for the worker `wrk`, or finishes one that an earlier answer granted.
claims, finished, refused, refusal = 0, 0, 0, ""

local granted = {}
local thread_of_wrk

function setup(thread)
  thread_of_wrk = thread
end

local function command(text)
  wrk.headers["Content-Type"] = "application/json"
  return wrk.format("POST", nil, nil, '{"commands":[' .. text .. "]}")
end

function request()
  local task = table.remove(granted, 1)
  if task == nil then
    return command('{"type":"claim","worker":"wrk"}')
  end
  return command('{"type":"finish","task":"' .. task.id .. '","worker":"wrk","fence":' .. task.fence .. "}")
end

function response(status, headers, body)
  local fence = body:match('"fence":(%d+)')
  if fence then
    claims = claims + 1
    granted[#granted + 1] = { id = body:match('"id":"([^"]+)"'), fence = fence }
  elseif body:find('"state":"done"', 1, true) then
    finished = finished + 1
  elseif body:find('"ok":false', 1, true) then
    refused = refused + 1
    refusal = body:match('"code":"([^"]+)"')
  end
end

function done()
  local count = function(name) return thread_of_wrk:get(name) end
  local text = string.format("%d tasks granted, %d finished", count("claims"), count("finished"))
  if count("refused") > 0 then
    text = text .. string.format(", %d requests refused (%s)", count("refused"), count("refusal"))
  end
  print(text)
end
