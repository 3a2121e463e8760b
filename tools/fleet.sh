# Sourced by demo and journeys: one linnetd and any number of emulated boards in a folder of their own.
# Needs: $work (an empty folder), $bin. Ports are whatever the system gives; every process ends with the script.
fleet_processes=()

fleet_stop() {
  local pid
  for pid in "${fleet_processes[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${fleet_processes[@]}"; do wait "$pid" 2>/dev/null || true; done
  fleet_processes=()
}
trap fleet_stop EXIT
trap 'exit 130' INT TERM

# wait_until SECONDS WHAT COMMAND...: asks four times a second. The limits are for machines far slower than any we know.
wait_until() {
  local limit=$1 what=$2 end
  shift 2
  end=$((SECONDS + limit))
  until "$@"; do
    if [ "$SECONDS" -ge "$end" ]; then
      echo "waited $limit s in vain for: $what" >&2
      fleet_show_logs
      return 1
    fi
    sleep 0.25
  done
}

fleet_show_logs() {
  local file
  for file in "$work"/linnetd.log "$work"/*.serial "$work"/*.qemu; do
    [ -s "$file" ] || continue
    echo "--- the end of $file" >&2
    tail -n 25 "$file" >&2
  done
}

# fleet_serve: starts linnetd on free ports; sets LINNET_SERVER and coap_port.
fleet_serve() {
  "$bin/linnetd" --data "$work/data" --coap "127.0.0.1:${coap_port:-0}" --http "127.0.0.1:${http_port:-0}" --nosec \
    >"$work/linnetd.ready" 2>"$work/linnetd.log" </dev/null &
  server_pid=$!
  fleet_processes+=("$server_pid")
  wait_until 120 "linnetd's ready line" server_is_ready || return 1
  LINNET_SERVER="http://$(jq -r .http "$work/linnetd.ready")"
  export LINNET_SERVER
  coap_port=$(jq -r .coap "$work/linnetd.ready" | sed 's/.*://')
  http_port=${LINNET_SERVER##*:}
}
server_is_ready() {
  if ! kill -0 "$server_pid" 2>/dev/null; then
    echo "linnetd ended:" >&2
    tail -n 20 "$work/linnetd.log" >&2
    exit 1
  fi
  [ "$(jq -r .ready "$work/linnetd.ready" 2>/dev/null)" = true ]
}

# board_new NAME PACKAGE [KEY]
board_new() {
  rm -f "$work/$1.flash"
  "$bin/linnet" board new --out "$work/$1.flash" --package "$2" --name "$1" --trust "${3:-build/keys/dev.pub}" \
    --server "10.0.2.2:$coap_port" >>"$work/$1.new" 2>&1 || { cat "$work/$1.new" >&2; return 1; }
}
# board_start NAME: sets board_pid.
board_start() {
  : >"$work/$1.serial"
  "$bin/linnet" board run --flash "$work/$1.flash" --serial "$work/$1.serial" >"$work/$1.qemu" 2>&1 </dev/null &
  board_pid=$!
  fleet_processes+=("$board_pid")
}
board_stop() { kill "$1" 2>/dev/null; wait "$1" 2>/dev/null || true; }

serial_has() { grep -q -e "$2" "$work/$1.serial" 2>/dev/null; }
# serial_has_times NAME TEXT COUNT
serial_has_times() { [ "$(grep -c -e "$2" "$work/$1.serial" 2>/dev/null)" -ge "$3" ]; }
is_registered() { "$bin/linnet" device ls --json 2>/dev/null | jq -r "select(.online).endpoint" | grep -qx -e "$1"; }
# value NAME PATH
value() { "$bin/linnet" device read "$1" "$2" --json 2>/dev/null | jq -r '.value'; }
is_value() { [ "$(value "$1" "$2")" = "$3" ]; }
# sql QUERY: rows as tab-separated lines
sql() { "$bin/linnet" sql "$1" --json | jq -r '.rows[] | @tsv'; }
# passes_stored VERSION COUNT: at least COUNT rows of that version are in the table
rows_stored() { [ "$(sql "select count(*) from inference where version = '$1'" 2>/dev/null)" -ge "$2" ] 2>/dev/null; }

# last_pass NAME MODEL: the last whole table of that model on the serial terminal
last_pass() {
  awk -v model="$2" '/^image +label/ { table = "" } { table = table $0 "\n" } $1 == "pass" && $3 == model { last = table } END { printf "%s", last }' \
    "$work/$1.serial"
}
# flip_bit FILE OFFSET: inverts the lowest bit of one byte
flip_bit() {
  local byte
  byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
  printf "$(printf '\\%03o' $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
