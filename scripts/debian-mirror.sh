#!/usr/bin/env bash
# Prints "<URI> <keyring>" of the Debian mirror that this machine's own apt sources name ("-" where they name no keyring).
# Usage: debian-mirror.sh [/etc/apt]. Exit code 1 when there is none. Formats: sources.list(5), one-line and deb822.
set -euo pipefail

etc=${1:-/etc/apt}

# One line of output for each place that packages come from: uri <tab> keyring. Third parties fall out: their suites are not
# Debian's, their component is not main, or they are signed by a key of their own and do not even look like a mirror of Debian.
one_line() {
  awk -v OFS='\t' '
    { sub(/#.*/, "") }
    $1 == "deb" {
      keyring = "-"; options = ""; line = $0
      sub(/^[ \t]*deb[ \t]+/, "", line)
      if (match(line, /^\[[^]]*\]/)) { options = substr(line, 2, RLENGTH - 2); line = substr(line, RLENGTH + 1) }
      count = split(options, option, /[ \t]+/)
      for (i = 1; i <= count; i++) if (option[i] ~ /^signed-by=/) keyring = substr(option[i], 11)
      count = split(line, field, /[ \t]+/); first = field[1] == "" ? 2 : 1
      components = ""; for (i = first + 2; i <= count; i++) components = components " " field[i]
      print field[first], field[first + 1], components, keyring
    }' "$@"
}

deb822() {
  awk -v OFS='\t' '
    function finish(   uris, suites, i, j, keyring) {
      if (value["types"] ~ /(^| )deb( |$)/ && value["enabled"] !~ /^ *(no|false|0)/) {
        keyring = value["signed-by"]; gsub(/^ +| +$/, "", keyring); if (keyring == "") keyring = "-"
        gsub(/ +/, ",", keyring)
        split(value["uris"], uris, " "); split(value["suites"], suites, " ")
        for (i in uris) for (j in suites) print uris[i], suites[j], value["components"], keyring
      }
      delete value
    }
    FNR == 1 { finish() }
    /^#/ { next }
    /^[ \t]*$/ { finish(); next }
    /^[ \t]/ { sub(/^[ \t]+/, ""); value[key] = value[key] " " $0; next }
    { key = tolower($0); sub(/[ \t]*:.*/, "", key); sub(/^[^:]*:[ \t]*/, ""); value[key] = $0 }
    END { finish() }' "$@"
}

choose() {
  awk -F '\t' -v debian="${VERSION_CODENAME:-} oldstable stable testing unstable bullseye bookworm trixie forky duke sid" '
    BEGIN { split(debian, names, " "); for (i in names) suites[names[i]] }
    !($2 in suites) || $3 !~ /(^| )main( |$)/ || $1 ~ /^(cdrom|file):/ { next }
    {
      rank = $4 ~ /\/debian-archive[^,]*$/ ? 3 : $4 == "-" ? 2 : ($4 ~ /^\/[^,]*$/ && $1 ~ /\/debian\/?$/) ? 1 : 0
      if (rank > best) { best = rank; chosen = $1 " " $4 }
    }
    END { if (!best) exit 1; print chosen }'
}

VERSION_CODENAME=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null || true)
shopt -s nullglob
lists=("$etc"/sources.list.d/*.list)
if [ -r "$etc/sources.list" ]; then lists=("$etc/sources.list" "${lists[@]}"); fi
sources=("$etc"/sources.list.d/*.sources)
{
  if [ ${#lists[@]} -gt 0 ]; then one_line "${lists[@]}"; fi
  if [ ${#sources[@]} -gt 0 ]; then deb822 "${sources[@]}"; fi
} | choose
