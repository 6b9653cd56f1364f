import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildSync } from 'esbuild';

const root = join(import.meta.dirname ?? __dirname, '../..');

// a function that gets hot before, one inside and one after: V8 itself says which of them it has optimized
const program = `
const { optimized } = require_optimized;
const isOptimized = (work) => %ActiveTierIsTurbofan(work);
function hot(work) { for (let turn = 0; turn < 300000 && !isOptimized(work); turn += 1) work(turn); return isOptimized(work); }
%NeverOptimizeFunction(hot); // with the small ones put into it, which then are none of their own
const [before, inside, after] = [(turn) => turn * 2 + 1, (turn) => turn * 3 + 1, (turn) => turn * 4 + 1];
let failed = '';
const results = [hot(before), optimized(() => hot(inside))];
try { optimized(() => { throw new Error('broken'); }); } catch (error) { failed = error.message; }
console.log(JSON.stringify([...results, hot(after), failed]));
`;

function run(...flags: string[]): unknown {
  const [bundle] = buildSync({
    absWorkingDir: root,
    entryPoints: ['src/engine/optimized.ts'],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'iife',
    globalName: 'require_optimized',
  }).outputFiles;
  const child = spawnSync(process.execPath, [...flags, '--allow-natives-syntax', '--eval', `${bundle?.text}${program}`], {
    encoding: 'utf8',
  });
  assert.equal(child.stderr, '');
  return JSON.parse(child.stdout);
}

test('only inside of it V8 optimizes, where its compiler is turned off', () => {
  assert.deepEqual(run('--single-threaded', '--no-opt', '--no-maglev', '--no-sparkplug', '--max-lazy'), [false, true, false, 'broken']);
});

test('a compiler that is not off stays on', () => {
  assert.deepEqual(run('--single-threaded', '--no-maglev'), [true, true, true, 'broken']);
});
