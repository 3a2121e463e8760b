#!/bin/bash
# apt_entries.sh FOLDER: writes the machine's own apt entries for Debian itself into FOLDER, with deb replaced by deb-src.
# Entries may be one a line (.list) or deb822 (.sources). Others' repositories rarely have sources: left out.
set -euo pipefail
out=$1
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
rm -rf "$out"
mkdir -p "$out"
list=$(apt-config shell f Dir::Etc::sourcelist/f | sed "s/^f='\(.*\)'$/\1/")
parts=$(apt-config shell d Dir::Etc::sourceparts/d | sed "s/^d='\(.*\)'$/\1/")
n=0
for file in "$list" "$parts"/*.list; do
  [ -f "$file" ] || continue
  n=$((n + 1))
  # deb [options] URI SUITE COMPONENT...
  awk -v suite="^($codename|stable)(-updates|-security|/updates)?\$" '
    $1 == "deb" || $1 == "deb-src" {
      line = $0
      sub(/^[ \t]*deb(-src)?[ \t]+/, "", line)
      options = ""
      if (match(line, /^\[[^]]*\][ \t]*/)) { options = substr(line, 1, RLENGTH); line = substr(line, RLENGTH + 1) }
      count = split(line, word, /[ \t]+/)
      main = 0
      for (i = 3; i <= count; ++i) if (word[i] == "main") main = 1
      if (word[2] ~ suite && main) print "deb-src " options word[1] " " word[2] " main"
    }' "$file" | sort -u >"$out/linnet$n.list"
done
for file in "$parts"/*.sources; do
  [ -f "$file" ] || continue
  n=$((n + 1))
  awk -v suite="^($codename|stable)(-updates|-security|/updates)?\$" '
    BEGIN { RS = ""; FS = "\n" }
    {
      keep = 0; main = 0
      for (i = 1; i <= NF; ++i) {
        if ($i ~ /^Suites:/) { count = split($i, word, /[ \t]+/); for (j = 2; j <= count; ++j) if (word[j] ~ suite) keep = 1 }
        if ($i ~ /^Components:/ && $i ~ /[ \t]main([ \t]|$)/) main = 1
        if ($i ~ /^Enabled:[ \t]*no/) { keep = 0; break }
      }
      if (!keep || !main) next
      for (i = 1; i <= NF; ++i) print ($i ~ /^Types:/ ? "Types: deb-src" : $i)
      print ""
    }' "$file" >"$out/linnet$n.sources"
done
find "$out" -type f -empty -delete
if [ -z "$(ls "$out")" ]; then
  echo "linnet setup: this machine's apt entries name no Debian $codename archive to take lwip and mbedtls from" >&2
  exit 1
fi
