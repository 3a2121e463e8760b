#!/bin/bash
# results.json on stdin -> RESULTS.md on stdout.
set -euo pipefail
cat <<'HEAD'
# Measured

Written by `make bench`; `make bench ONLY=group` measures one group again and leaves the others. Instructions and bytes are exact
and the same on every machine; seconds and microseconds are CPU time of the machine it ran on. Ratio is value / reference.
References are other people's programs, measured by this project on a like machine; commands run from the top of the repository.

HEAD
jq -r '
  def number: if . == null then "-" elif type != "number" then tostring
    elif . == floor and (fabs < 1e15) then (floor | tostring) elif fabs >= 100 then (. * 10 | round / 10 | tostring)
    else (. * 1000 | round / 1000 | tostring) end;
  group_by(.name | split(".")[0])[]
  | "## \(.[0].name | split(".")[0])\n\n| figure | value | unit | better | goal | reference | ratio |\n| --- | ---: | --- | --- | ---: | --- | ---: |",
    (.[] | "| `\(.name)` | \(.value | number) | \(.unit) | \(.better) | \(.goal | number) | \(if .reference == null then "-" else "\(.reference): \(.reference_value | number)" end) | \(.ratio | number) |"),
    "\nCommands:\n", (map({name, command}) | group_by(.command)[] | "- `\(.[0].command)`: \(map(.name | split(".")[1:] | join(".")) | join(", "))"), ""'
