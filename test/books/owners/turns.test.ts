import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

/** Far more than it takes: what never ends is ended. */
const longest = 120_000;

test('the turns of a walk are bounded by its number of mappings, whatever the Go numbers say, and the book balances', () => {
  const { NODE_TEST_CONTEXT: _, NODE_V8_COVERAGE: __, ...env } = process.env;
  const program = join(import.meta.dirname, 'count-turns.ts');
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, program], {
    env,
    encoding: 'utf8',
    timeout: longest,
    killSignal: 'SIGKILL',
  });
  assert.equal(signal, null, `it did not end: ${stderr}`);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^at most \d+ % of the turns/);
});
