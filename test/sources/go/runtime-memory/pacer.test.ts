import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { heapWords } from '../../../../src/sources/go/runtime-memory/counters.ts';
import { pacerIn, pacerSize } from '../../../../src/sources/go/runtime-memory/pacer.ts';
import { wordsOf } from '../../../../src/sources/go/runtime-memory/words.ts';
import { recording, recordings } from './recorded.ts';

const mib = 1024 ** 2;

/** The bytes before heapInUse, and what follows. */
function recorded(name: string) {
  const { data, address, heapAt } = recording(name);
  const at = heapAt - address;
  return { before: Buffer.from(data.subarray(at - pacerSize, at)), heap: heapWords(wordsOf(data.subarray(at, at + 48)), 0) };
}

test('recorded: GOGC, GOMEMLIMIT and the goal of programs that set neither', () => {
  for (const name of recordings) {
    const { before, heap } = recorded(name);
    const pacer = pacerIn(before, heap);
    console.log(name, pacer);
    assert.ok(pacer, name);
  }
});
