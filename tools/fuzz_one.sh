#!/bin/bash
# fuzz_one.sh TARGET SECONDS: runs one fuzz target on its corpus and prints "TARGET EXIT_CODE".
# What it found lies in build/fuzz-corpus/TARGET; a failing input is kept beside the log.
cd "$(dirname "$0")/.." || exit 1
program=$(find build/fuzz -name "$1" -type f -perm -u+x | head -1)
corpus=build/fuzz-corpus/$1
mkdir -p "$corpus" build/log
status=0
"$program" -max_total_time="$2" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
  -artifact_prefix="build/log/$1-" "$corpus" >"build/log/fuzz-$1.log" 2>&1 </dev/null || status=$?
echo "$1 $status"
