# CPU time of linnetd's process for a registration and an update, stores included, at 10,000 clients on loopback.
# libcoap's resource directory (in memory, no update by POST) takes the same registrations in the same minute; the other
# references are from this project's earlier measurements at 10,000 clients: libcoap 4.3.1's update 235 us, wakaama's 164 us.
clients=10000
fleet=$work/lwm2m
rm -rf "$fleet"
mkdir -p "$fleet"

# load NAME PID PORT ROUNDS: measures the server PID, which is stopped afterwards either way.
load() {
  local status=0
  logged "bench: $clients clients at $1" "$fleet/$1.log" \
    bash -c '"$0" --port "$1" --pid "$2" --clients "$3" --rounds "$4" >"$5"' "$bin/lwm2m-load" "$3" "$2" "$clients" "$4" "$fleet/$1.json" || status=$?
  kill "$2" 2>/dev/null || true
  wait "$2" 2>/dev/null || true
  return "$status"
}

mkfifo "$fleet/ready"
"$bin/linnetd" --data "$fleet/data" --coap 127.0.0.1:0 --http 127.0.0.1:0 --nosec >"$fleet/ready" 2>"$fleet/linnetd.log" &
server_pid=$!
read -r -t 30 ready <"$fleet/ready" || { say "linnetd did not start: $(tail -n 3 "$fleet/linnetd.log")"; kill "$server_pid"; exit 1; }
load linnetd "$server_pid" "$(jq -r '.coap | split(":")[1]' <<<"$ready")" 3

reference=null reference_value=null
if command -v coap-rd-openssl >/dev/null; then
  port=$((20000 + $$ % 20000))
  coap-rd-openssl -A 127.0.0.1 -p "$port" >/dev/null 2>&1 &
  server_pid=$!
  sleep 1
  load libcoap "$server_pid" "$port" 0
  reference="libcoap 4.3.1, measured beside" reference_value=$(jq .register.server_cpu_us "$fleet/libcoap.json")
fi

command="lwm2m-load --port 5683 --pid PID_OF_LINNETD --clients $clients"
figure() { jq "$1" "$fleet/linnetd.json"; }
row lwm2m.register.cpu "$(figure .register.server_cpu_us)" us lower null "$reference" "$reference_value" "$command"
row lwm2m.update.cpu "$(figure .update.server_cpu_us)" us lower null "libcoap 4.3.1" 235 "$command"
row lwm2m.client.resident "$(figure .resident_bytes_per_client)" bytes lower null "libcoap 4.3.1" 901 "$command"
