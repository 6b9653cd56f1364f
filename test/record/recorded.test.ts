import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replay } from '../../src/cli/explain/explain-record.ts';
import { looksJson } from '../../src/cli/looks.ts';
import { parseRecording } from '../../src/record/decode.ts';
import { wordless } from './expected.ts';
import { keepDocument, keptDocument, keptNames, keptRecording } from './store.ts';

// Real programs, recorded with --anonymize (scripts/recordings.ts): what memgap makes of them must not change. Where better words are
// meant, UPDATE_GOLDEN=1.

const isUpdate = process.env.UPDATE_GOLDEN !== undefined && process.env.UPDATE_GOLDEN !== '';

for (const name of keptNames()) {
  test(`${name}: the recorded polls come to the same numbers`, async () => {
    const recording = parseRecording(keptRecording(name));
    assert.ok(recording.ok, recording.ok ? '' : recording.detail);
    const looks = await replay(recording.value, (error) => assert.fail(String(error)));
    const json = looksJson(looks);
    if (isUpdate) keepDocument(name, json);
    assert.deepEqual(wordless(JSON.parse(json)), wordless(JSON.parse(keptDocument(name))));
  });
}

test('there are twenty of them, and they are real ones', () => {
  assert.equal(keptNames().length, 20);
  const polls = keptNames().map((name) => {
    const recording = parseRecording(keptRecording(name));
    return recording.ok && recording.value.isAnonymous ? recording.value.polls.length : 0;
  });
  assert.deepEqual(
    polls.sort((one, other) => one - other),
    [...new Array(17).fill(3), 40, 40, 40],
  );
});
