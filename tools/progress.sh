# Sourced by the scripts: `logged WHAT LOG COMMAND...` runs COMMAND with its output in LOG, tells on stderr how long it
# has been running every 15 s, and shows the end of LOG when it fails.
say() { printf '[%4ds] %s\n' "$SECONDS" "$*" >&2; }

logged() {
  local what=$1 log=$2
  shift 2
  mkdir -p "$(dirname "$log")"
  local start=$SECONDS pid status=0 beat=0
  say "$what ..."
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    beat=$((beat + 1))
    if [ $((beat % 75)) = 0 ] && kill -0 "$pid" 2>/dev/null; then
      say "$what: $((SECONDS - start)) s, $(tail -n 1 "$log" 2>/dev/null | tr -d '\r' | cut -c1-90)"
    fi
  done
  wait "$pid" || status=$?
  if [ "$status" != 0 ]; then
    say "$what failed with exit code $status; the end of ${log#"$PWD"/}:"
    tail -n 40 "$log" >&2
    return "$status"
  fi
  say "$what: done in $((SECONDS - start)) s"
}
