import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { explain } from '../../src/cli/explain/explain.ts';
import { record } from '../../src/cli/record.ts';
import { decodeRecording, parseRecording } from '../../src/record/decode.ts';
import { encodeRecording, recordingJson } from '../../src/record/encode.ts';
import { folder } from '../kernel/process/processes.ts';
import { printed, written } from './recorded.ts';

const whole = {
  memgap: 'dev (unknown)',
  isAnonymous: false,
  target: { name: 'operator', hasProcess: false, endpoints: {} },
  procfs: '/proc',
  memoryReads: false,
  environ: true,
  facts: { processors: 2 },
  polls: [
    {
      at: 1_700_000_000,
      runs: {},
      reads: { ' vmstat': [{ text: 'oom_kill 7\n' }], ' x': [{ text: 'oom_kill 7\n', cut: true as const }] },
      seconds: {},
    },
  ],
};

async function refused(t: TestContext, bytes: Uint8Array | string): Promise<string> {
  const { code, out, err } = await printed(explain, ['explain', written(join(folder(t), 'x.memgap'), bytes)]);
  assert.equal(code, 1);
  assert.equal(out, '');
  return err;
}

test('a recording is the same when it comes back, and a text that it has twice stands in it once', () => {
  const back = decodeRecording(encodeRecording(whole));
  assert.deepEqual(back.ok && back.value, whole);
  assert.equal(recordingJson(whole).split('oom_kill').length, 2);
});

test('a file that is no record, damaged, cut off, too large or of a newer memgap is refused in words', async (t) => {
  const bytes = encodeRecording(whole);
  assert.match(await refused(t, 'targets: []\n'), /x\.memgap: it is no file of memgap record: it is not packed by gzip/);
  assert.match(await refused(t, gzipSync('targets: []\n')), /it holds no JSON/);
  assert.match(await refused(t, gzipSync('{}')), /it has no format/);
  assert.match(await refused(t, bytes.subarray(0, bytes.length - 20)), /damaged or cut off/);
  const flipped = Buffer.from(bytes);
  flipped[bytes.length - 30] = 255 - (flipped[bytes.length - 30] ?? 0);
  assert.match(await refused(t, flipped), /damaged/);
  assert.match(
    await refused(t, gzipSync(recordingJson(whole).replace('"format":1', '"format":2'))),
    /its format is 2, and this memgap reads 1: a newer one made it/,
  );
  assert.match(
    await refused(t, gzipSync(recordingJson(whole).replace('"at":17', '"at":"17').replace('0000,"runs', '0000","runs'))),
    /damaged: polls/,
  );
  assert.match(
    await refused(t, gzipSync(recordingJson(whole).replace('[{"text":0}]', '[{"text":9}]'))),
    /a text that it names is not in it/,
  );
  assert.match(await refused(t, ''), /not packed by gzip/);
});

test('what unpacks to more than a record may hold is refused before it is unpacked', async (t) => {
  const zeros = gzipSync(Buffer.alloc(4 * 1024 * 1024)); // gunzip(1) joins members
  assert.match(await refused(t, Buffer.concat(new Array(70).fill(zeros))), /longer than 256 MiB/);
});

test('a string in the place of a number does not get in, and neither does a text named too often', () => {
  const json = recordingJson(whole);
  const withRun = (reading: string) => json.replace('"runs":{}', `"runs":{"exe":[{"seconds":1,"reading":${reading}}]}`);
  assert.equal(parseRecording(withRun('{"ok":true,"value":{"path":"/x","inode":1}}')).ok, true);
  assert.equal(parseRecording(withRun('{"ok":true,"value":{"path":"/x","inode":"\\u001b[2J"}}')).ok, false);
  assert.equal(parseRecording(withRun('{"ok":false,"reason":"\\u001b[2J","detail":""}')).ok, false);
  const long = json
    .replace('oom_kill 7', 'x'.repeat(3_000_000))
    .replace('[{"text":0}]', `[${new Array(800).fill('{"text":0}').join(',')}]`);
  const tooOften = parseRecording(long);
  assert.equal(!tooOften.ok && tooOften.reason, 'too-large');
});

test('no file makes explain throw: it is shown, or refused', async (t) => {
  const json = recordingJson(whole);
  const file = join(folder(t), 'any.memgap');
  await fc.assert(
    fc.asyncProperty(
      fc.nat(json.length),
      fc.nat(json.length),
      fc.constantFrom('', '1', '"', '{}', '[]', 'null', 'true', '-'),
      async (one, other, put) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const changed = json.slice(0, from) + put + json.slice(Math.min(to, from + 12));
        const { code } = await printed(explain, ['explain', written(file, gzipSync(changed, { level: 1 })), '--json']);
        assert.ok(code === 0 || code === 1);
      },
    ),
    { numRuns: 100 },
  );
});

test('a record is shown as it is: flags that say how to read a target are refused, and so are files that are none', async (t) => {
  const file = written(join(folder(t), 'x.memgap'), encodeRecording(whole));
  const told = await printed(explain, ['explain', file, '--process.memory-reads']);
  assert.equal(told.code, 2);
  assert.match(told.err, /--process\.memory-reads says how a target is read/);
  const none = await printed(explain, ['explain', `${file}.none`]);
  assert.equal(none.code, 2);
  assert.match(none.err, /is no pid and no URL/);
});

test('record says what is missing before it reads anything', async (t) => {
  const problems = [
    [['1'], /a file to write to: -o FILE/],
    [['1', '-o', '/x', '--polls', '0'], /--polls: a number from 1 to 1000/],
    [['1', '-o', '/x', '--interval', 'soon'], /--interval: a duration/],
  ] as const;
  for (const [words, said] of problems) {
    const { code, err } = await printed(record, ['record', ...words]);
    assert.equal(code, 2);
    assert.match(err, said);
  }
  const { code, err } = await printed(record, ['record', '1', '-o', join(folder(t), 'none/x')]);
  assert.equal(code, 1);
  assert.match(err, /cannot write .*: ENOENT/);
});
