import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { ledgerOf } from '../../src/books/ledger.ts';
import { addressLines, pathsOf } from '../../src/doctor/address.ts';
import { diagnose } from '../../src/doctor/diagnose.ts';
import { rightRemedies } from '../../src/doctor/rights.ts';
import { doctorText } from '../../src/doctor/text.ts';
import { runs } from '../runs.ts';
import { fullBook, fullSnapshot } from '../serve/metrics/states.ts';
import { factsOf, processWith } from './facts.ts';

// what YAML takes for something else than text, and what ends or hides a line
const part = fc.oneof(
  fc.constantFrom(
    'true',
    'null',
    '~',
    '1e3',
    '0x10',
    '.inf',
    '-',
    '---',
    ': ',
    ' #',
    '{',
    '*a',
    '&a',
    '!x',
    '"',
    "'",
    '%',
    '\\',
    '/',
    '.',
    '\n',
  ),
  fc.constantFrom('\u202e', '\u2028', '\u0085', '\x1b[2J', '\x9b', '\x07', '<script>', 'cri-o', 'x'),
  fc.string({ maxLength: 4, unit: 'grapheme' }),
);
const hostile = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));

/** The text of what a terminal shows, without memgap's own line breaks. */
const moves = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

/** Where the hint is copied from a terminal, or from the JSON document. */
function shown(lines: readonly string[]): readonly string[] {
  const diagnosis = diagnose({
    target: 'x',
    ledger: ledgerOf(fullSnapshot, fullBook),
    outcomes: {},
    losses: {},
    facts: factsOf(processWith({}), processWith({})),
    asked: { go: true, process: true, memoryReads: false },
  });
  const advice = [{ name: 'x', title: 'x', sources: [], snippets: [{ where: 'here', lines }] }];
  const text = doctorText({ ...diagnosis, advice } as never, { color: false });
  assert.doesNotMatch(text.replaceAll('\n', ''), moves);
  return text
    .slice(text.indexOf('    here:\n') + '    here:\n'.length)
    .trimEnd()
    .split('\n');
}

test('an address that is proposed parses back as YAML to what it was, on the terminal too', () => {
  const kinds = fc.constantFrom('https://127.0.0.1:1/', 'unix:/run/x.sock:/', '');
  fc.assert(
    fc.property(kinds, hostile, hostile, fc.nat(2000), (scheme, rest, ca, long) => {
      const url = scheme + rest + 'y'.repeat(long);
      const lines = addressLines({ url, tls: { ca_file: ca, insecure_skip_verify: true } });
      const expected = { url, ...(url.startsWith('https:') && { tls_config: { ca_file: ca, insecure_skip_verify: true } }) };
      for (const each of [lines, shown(lines)]) assert.deepEqual(parse(each.join('\n')), expected);
    }),
    { numRuns: runs(150) },
  );
});

test('the paths of a role parse back, between brackets', () => {
  fc.assert(
    fc.property(hostile, (rest) => {
      const url = `unix:/run/x.sock:/${rest}`;
      const lines = [`nonResourceURLs: [${pathsOf('expvar', { url }).join(', ')}]`];
      for (const each of [lines, shown(lines)])
        assert.deepEqual(parse(each.join('\n')), { nonResourceURLs: [url.slice('unix:/run/x.sock:'.length)] });
    }),
    { numRuns: runs(150) },
  );
});

test("a security module's label is text in what is proposed, or is left out", () => {
  const profiles = fc.oneof(hostile, fc.constantFrom('true', '-', '1e3', '0x10', '---', '.', 'null', 'a/b', '-1', '.nan'));
  let copied = 0;
  fc.assert(
    fc.property(profiles, fc.constantFrom(' (enforce)', ' (complain)', ''), fc.constantFrom('', 'u:r:t:'), (name, mode, context) => {
      const process = processWith({ label: `${context}${name}${mode}` });
      const remedies = rightRemedies(new Set(['security-module']), factsOf(processWith({}), process));
      for (const { lines } of remedies.flatMap(({ snippets }) => snippets).filter(({ on }) => on === 'kubernetes')) {
        for (const each of [lines, shown(lines)]) {
          const { appArmorProfile, seLinuxOptions } = parse(each.join('\n')).securityContext;
          const told: unknown = appArmorProfile?.localhostProfile ?? seLinuxOptions?.level;
          if (told !== undefined) assert.equal(told, name);
          if (told !== undefined) copied += 1;
        }
      }
    }),
    { numRuns: runs(300) },
  );
  assert.ok(copied > runs(20), String(copied));
});
