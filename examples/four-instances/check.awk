# Holds a pool's log against the plan, with no help from Evener: no task was begun before its needs and
# its phase, or while another held its folder; no gate opened before its tasks were done.
#
#   evener log --json | awk -f check.awk plan.toml -

function wrong(text) {
  printf "check: fact %s: %s\n", field("seq"), text > "/dev/stderr"
  bad++
}

# The value of a field of the fact at hand; what is text is short and has nothing escaped.
function field(name,    found) {
  if (!match($0, "\"" name "\":(\"[^\"]*\"|[0-9]+)")) return ""
  found = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
  gsub(/"/, "", found)
  return found
}

# Whether one folder is the other or lies in it.
function overlap(a, b) {
  return index(a "/", b "/") == 1 || index(b "/", a "/") == 1
}

# Whether task `a` lies somewhere below task `b`.
function is_below(a, b) {
  for (; a != ""; a = parent[a]) if (a == b) return 1
  return 0
}

function check_begun(task,    above, i, n, list, other, mine, theirs, j, m) {
  for (above = task; above != ""; above = parent[above]) {
    n = split(needs[above], list, ",")
    for (i = 1; i <= n; i++) if (!done[list[i]]) wrong(task " began before " list[i] " was done")
    n = split(after[phase[above]], list, ",")
    for (i = 1; i <= n; i++) if (!open[list[i]]) wrong(task " began before " list[i] " was open")
  }
  for (i in parent) if (parent[i] == task && !done[i]) wrong(task " began before its part " i)
  n = split(paths[task], mine, ",")
  for (other in runs) {
    if (other == task || is_below(other, task) || is_below(task, other)) continue
    m = split(paths[other], theirs, ",")
    for (i = 1; i <= n; i++)
      for (j = 1; j <= m; j++)
        if (overlap(mine[i], theirs[j])) wrong(task " began while " other " held " theirs[j])
  }
  begun++
}

function check_opened(gate,    i, n, list) {
  n = split(joins[gate], list, ",")
  for (i = 1; i <= n; i++) if (!done[list[i]]) wrong(gate " opened before " list[i] " was done")
  for (i in phase) if (phase[i] == gate && !done[i]) wrong(gate " opened before " i " was done")
  if (open[gate]++) wrong(gate " opened twice")
  opened++
}

# ---- the plan ------------------------------------------------------------------------------------

FILENAME != "-" && /^\[\[/ { kind = $0; next }
FILENAME != "-" && / = / {
  key = $1
  value = substr($0, index($0, " = ") + 3)
  gsub(/[]["]|\/\*\*/, "", value)
  gsub(/, /, ",", value)
  if (key == "id") id = value
  if (kind == "[[task]]" && key == "id") parent[id] = ""
  if (kind == "[[task]]" && key == "parent") parent[id] = value
  if (kind == "[[task]]" && key == "phase") phase[id] = value
  if (kind == "[[task]]" && key == "needs") needs[id] = value
  if (kind == "[[task]]" && key == "paths") paths[id] = value
  if (kind == "[[phase]]" && key == "after") after[id] = value
  if (kind == "[[gate]]" && key == "tasks") joins[id] = value
}
FILENAME != "-" { next }

# ---- the log -------------------------------------------------------------------------------------

{ type = field("type"); task = field("task") }
type == "task_claimed" { check_begun(task); runs[task] = 1 }
type == "attempt_revived" { runs[task] = 1 }
type ~ /^attempt_(finished|failed|lapsed|released)$/ { delete runs[task] }
type == "attempt_finished" {
  if (done[task]++) wrong(task " was finished twice")
  finished++
}
type == "gate_opened" { check_opened(field("gate")) }

END {
  for (task in parent) {
    tasks++
    if (!done[task]) { printf "check: %s was never done\n", task > "/dev/stderr"; bad++ }
  }
  if (tasks == 0 || begun < tasks) { print "check: there was too little to check" > "/dev/stderr"; bad++ }
  printf "%d tasks done in %d attempts, %d gates and phases opened, %d facts out of order\n",
    finished, begun, opened, bad
  exit bad > 0
}
