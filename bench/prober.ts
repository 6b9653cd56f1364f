// A program of its own, as a kubelet is: GETs a URL on a new connection each 50 ms, whether the one before was answered or not, for so many
// seconds. Prints one line of JSON when all have ended.
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from './statistics.ts';

const [, , url = '', seconds = '10'] = process.argv;
const patience = 20_000; // milliseconds: longer than any kubelet's

/** Milliseconds to the whole answer; NaN where none came, or another than 200. */
function probe(): Promise<number> {
  const begin = performance.now();
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: patience }, (response) => {
      response
        .resume()
        .once('close', () => resolve(response.statusCode === 200 && response.complete ? performance.now() - begin : Number.NaN));
    });
    request.once('timeout', () => request.destroy()).once('error', () => resolve(Number.NaN));
  });
}

const running: Array<Promise<number>> = [];
const begin = performance.now();
for (let beat = 0; beat < Number(seconds) * 1000; beat += 50) {
  await sleep(begin + beat - performance.now());
  running.push(probe());
}
const all = await Promise.all(running);
const answered = all.filter((each) => !Number.isNaN(each));
const [p50, p99, most] = [0.5, 0.99, 1].map((share) => quantile(answered, share));
console.log(JSON.stringify({ sent: all.length, refused: all.length - answered.length, p50, p99, most }));
