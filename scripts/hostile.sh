#!/usr/bin/env bash
# Builds the hostile program (test/hostile) with the newest Go of the cache into CACHE/hostile/hostile, unless it is there and no older than its
# sources. No module is fetched and nothing outside of the cache is written. Exit code 3 when that Go is not in the cache.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sources=$(dirname "$here")/test/hostile
cache=${MEMGAP_CACHE:-$(dirname "$here")/.cache}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
go=go-newest
program=$cache/hostile/hostile

if [ ! -x "$cache/debian/$go/goroot/bin/go" ]; then
  rm -f "$program" # it could be of older sources
  echo "hostile: SKIPPED: $go is not in the cache (run scripts/toolchain.sh $go)" >&2
  exit 3
fi
mkdir -p "$cache/go/home" "$cache/hostile"
exec 9>"$cache/.lock-hostile"
flock 9
state=$(cat "$cache/debian/$go/.stamp" "$sources"/go.mod "$sources"/*.go "${BASH_SOURCE[0]}" | cksum)
if [ -x "$program" ] && [ "$(cat "$program.state" 2>/dev/null)" = "$state" ]; then exit; fi
# HOME, because newer Go keeps counters of its own use there
(cd "$sources" && env -u GOROOT -u GOFLAGS -u GOEXPERIMENT HOME="$cache/go/home" XDG_CONFIG_HOME="$cache/go/home" GOENV=off GOTOOLCHAIN=local \
  GOPROXY=off GOFLAGS=-mod=mod GOPATH="$cache/go" GOCACHE="$cache/go/build-$go" CGO_ENABLED=0 \
  "$cache/debian/$go/goroot/bin/go" build -trimpath -buildvcs=false -o "$program.new" .)
mv "$program.new" "$program" # one that runs keeps its own file
printf '%s\n' "$state" >"$program.state"
echo "hostile: $(du -h "$program" | cut -f 1)" >&2
