#!/bin/bash
# A client that is not ours: libcoap's registers, updates and deregisters, and linnet device ls lists it.
source "$(dirname "$0")/journey.sh"

client=$(command -v coap-client-notls || command -v coap-client) || fail "libcoap3-bin is not installed"
fleet_serve
rd="coap://127.0.0.1:$coap_port/rd"
listed() { "$bin/linnet" device ls --json | jq -r 'select(.endpoint == "libcoap") | "\(.lwm2m) \(.lifetime_s) \(.online)"'; }
"$client" -v 6 -B 20 -m post -t 40 -e '</1/0>,</3/0>,</5/0>' "$rd?ep=libcoap&lt=300&lwm2m=1.1&b=U" >"$work/register.txt" 2>&1
expect_equal "the registration" "$(listed)" "1.1 300 true"
location=$(grep -o 'Location-Path:rd, Location-Path:[^ ,]*' "$work/register.txt" | head -1 | sed 's/.*Location-Path://')
expect "a location in: $(cat "$work/register.txt")" [ -n "$location" ]
"$client" -B 20 -m post "$rd/$location?lt=600" >/dev/null 2>&1
expect_equal "after an update" "$(listed)" "1.1 600 true"
"$client" -B 20 -m delete "$rd/$location" >/dev/null 2>&1
expect_equal "after a deregistration" "$(listed)" "1.1 600 false"
echo "journey: registered, updated, gone"
