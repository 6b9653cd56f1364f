#!/usr/bin/env bash
# Builds the lab (test/lab) with each Go of the cache, pure and with cgo, into CACHE/lab/<go>-<pure|cgo>/lab, and the operator (test/lab/operator)
# beside the pure one; and, where a name says so, the lab as distributions and hardened images do: <go>-pie (static, -buildmode=pie) and
# <go>-stripped (cgo, -buildmode=pie, no symbols).
# A lab whose sources and compiler have not changed is left alone. No module is fetched and nothing outside of the cache is written.
# Usage: lab.sh [GO | GO-pie | GO-stripped]... (default: go1.19 go-newest). Exit code 3 when there is no Go in the cache.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sources=$(dirname "$here")/test/lab
cache=${MEMGAP_CACHE:-$(dirname "$here")/.cache}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)

say() { printf 'lab: %s\n' "$*" >&2; }

c_compiler() {
  if [ "${CC:-}" ]; then printf '%s\n' "$CC"; return; fi
  command -v gcc || command -v cc || { [ -x "$cache/debian/cc/bin/cc" ] && printf '%s\n' "$cache/debian/cc/bin/cc"; } || true
}

build() {
  local go=$1 kind=$2 target=$cache/lab/$1-$2 cgo=0 state mode=exe symbols=
  case $kind in pie | stripped) mode=pie ;; esac
  case $kind in stripped) symbols='-s -w' ;; esac
  case $kind in cgo | stripped)
    cgo=1
    if [ -z "$cc" ]; then
      say "SKIPPED $go-$kind: no C compiler (install gcc, or run scripts/toolchain.sh cc)"
      return
    fi
    ;;
  esac
  state=$(state_of "$go")
  if [ -x "$target/lab" ] && [ "$(cat "$target/.state" 2>/dev/null)" = "$state" ]; then return; fi
  mkdir -p "$target"
  compile "$go" "$cgo" "$mode" "$symbols" . "$target/lab"
  [ "$kind" != pure ] || compile "$go" 0 exe '' ./operator "$target/operator"
  printf '%s\n' "$state" >"$target/.state"
  say "$go-$kind: $(du -h "$target/lab" | cut -f 1)"
}

state_of() {
  cat "$cache/debian/$1/.stamp" "$sources"/go.mod "$sources"/*.go "$sources"/operator/*.go "${BASH_SOURCE[0]}" 2>/dev/null | cksum
}

# A lab of older sources would fail tests that ask it for what it has not got.
remove_stale() {
  local folder go
  for folder in "$cache"/lab/*/; do
    go=$(basename "$folder")
    go=${go%-*}
    if [ "$(cat "$folder/.state" 2>/dev/null)" != "$(state_of "$go")" ]; then
      say "$(basename "$folder"): older than its sources, removed"
      rm -rf "$folder"
    fi
  done
}

compile() {
  local go=$1 cgo=$2 mode=$3 symbols=$4 package=$5 program=$6
  # HOME, because newer Go keeps counters of its own use there
  (cd "$sources" && env -u GOROOT -u GOFLAGS -u GOEXPERIMENT HOME="$cache/go/home" XDG_CONFIG_HOME="$cache/go/home" GOENV=off GOTOOLCHAIN=local \
    GOPROXY=off GOFLAGS=-mod=mod GOPATH="$cache/go" GOCACHE="$cache/go/build-$go" CGO_ENABLED=$cgo CC="${cc:-cc}" \
    "$cache/debian/$go/goroot/bin/go" build -trimpath -buildvcs=false -buildmode="$mode" -ldflags="$symbols" -o "$program.new" "$package")
  mv "$program.new" "$program" # one that runs keeps its own file
}

[ $# -gt 0 ] || set -- go1.19 go-newest
cc=$(c_compiler)
mkdir -p "$cache/go/home"
exec 9>"$cache/.lock-lab"
flock 9
missing=()
for name; do
  go=${name%-pie}
  go=${go%-stripped}
  if [ ! -x "$cache/debian/$go/goroot/bin/go" ]; then
    missing+=("$go")
    continue
  fi
  if [ "$go" != "$name" ]; then
    build "$go" "${name##*-}"
    continue
  fi
  build "$go" pure
  build "$go" cgo
done
remove_stale
if [ ${#missing[@]} -gt 0 ]; then
  say "SKIPPED ${missing[*]}: not in the cache (run scripts/toolchain.sh ${missing[*]})"
  exit 3
fi
