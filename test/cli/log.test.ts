import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLogger, logFormats } from '../../src/cli/log.ts';

const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('\n', '\x1b[2J', '\x9b', '\u202e', '\u2028', '"', ' level=error '),
    ),
    {
      maxLength: 5,
    },
  )
  .map((parts) => parts.join(''));

test('a log line stays one line and moves nothing, whatever stands in its fields', () => {
  for (const format of logFormats) {
    let written = '';
    const log = createLogger('info', format, (line) => {
      written += line;
    });
    fc.assert(
      fc.property(hostile, hostile, (target, message) => {
        written = '';
        log.warn({ target, problems: [target], err: new Error(message) }, 'target is down');
        assert.match(written, /^[^\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]*\n$/u);
        if (format === 'json') assert.equal(JSON.parse(written).target, JSON.parse(JSON.stringify(target)));
      }),
    );
  }
});
