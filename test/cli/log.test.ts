import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLogger, logFormats } from '../../src/cli/log.ts';

/** What a logger writes for one event. */
async function logged(format: (typeof logFormats)[number], level: 'debug' | 'info' | 'warn' | 'error' = 'info') {
  let written = '';
  const log = await createLogger(level, format, (line) => {
    written += line;
  });
  return (write: (to: typeof log) => void): string => {
    written = '';
    write(log);
    return written;
  };
}

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

test('a log line stays one line and moves nothing, whatever stands in its fields', async () => {
  for (const format of logFormats) {
    const lines = await logged(format);
    fc.assert(
      fc.property(hostile, hostile, (target, message) => {
        const written = lines((log) => log.warn({ target, problems: [target], err: new Error(message) }, 'target is down'));
        assert.match(written, /^[^\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]*\n$/u);
        if (format === 'json') assert.equal(JSON.parse(written).target, JSON.parse(JSON.stringify(target)));
      }),
    );
  }
});

test('both formats say the same: time, level, message, then the fields in their order, an error with its stack', async () => {
  const fields = { target: 'a b', file: '/etc/x.yml', targets: 3, problems: ['x: "y"'], pid: undefined, err: new RangeError('far') };
  const json = JSON.parse((await logged('json'))((log) => log.error(fields, 'no')));
  assert.deepEqual(Object.keys(json), ['level', 'ts', 'target', 'file', 'targets', 'problems', 'err', 'msg']);
  const line = (await logged('logfmt'))((log) => log.error(fields, 'no'));
  const told = /^ts=\S{24} level=error msg=no target="a b" file=\/etc\/x\.yml targets=3 problems="(\S+ \S+)" err="(.*)"\n$/.exec(line);
  const [problems, err] = (told ?? assert.fail(line)).slice(1).map((text) => JSON.parse(text.replaceAll(/\\(["\\])/g, '$1')));
  assert.deepEqual([problems, err], [json.problems, json.err]);
});

test('what is below the level is not written', async () => {
  for (const format of logFormats) {
    const lines = await logged(format, 'warn');
    assert.equal(
      lines((log) => log.info({}, 'x')),
      '',
    );
    assert.match(
      lines((log) => log.warn({}, 'x')),
      /x/,
    );
  }
});
