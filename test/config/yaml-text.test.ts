import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineCounter, parseDocument, stringify } from 'yaml';
import { budgets } from '../../src/budgets.ts';
import { parseConfig } from '../../src/config/load.ts';
import { piecesOf } from '../../src/config/yaml-pieces.ts';
import { parseYaml } from '../../src/config/yaml-text.ts';
import { createYamlValue } from '../../src/config/yaml-value.ts';
import { runs } from '../runs.ts';

/** What a text comes to when it is read in pieces of so many tokens. */
function inPieces(text: string, every: number) {
  const yaml = createYamlValue();
  const pieces = [...piecesOf(text, () => undefined, every)];
  for (const piece of pieces) yaml.add(piece);
  return {
    value: yaml.value(),
    mistakes: yaml.mistakes.map(({ code, offset }) => `${code} ${offset}`).sort(),
    offsetOf: yaml.offsetOf,
    pieces,
  };
}

const scalar = fc.oneof(
  fc.constantFrom('', 'a b', 'true', '1.5', '- x', 'x: y', '# c', '0x10', 'line\nline', '{', '*a'),
  fc.integer(),
  fc.boolean(),
);
const name = fc.constantFrom('a', 'b', 'targets', '7', '10', 'long name', '__proto__', 'constructor');
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie('tree'), { maxLength: 9 }),
    fc.dictionary(name, tie('tree'), { maxKeys: 7, noNullPrototype: true }),
  ),
}));

/** Block style, one line, JSON, and both of them mixed. */
const yamlText = fc
  .record({
    value: tree,
    style: fc.constantFrom('block' as const, 'flow' as const, 'any' as const, 'JSON' as const),
    indent: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ value, style, indent }) =>
    style === 'JSON'
      ? JSON.stringify(value)
      : stringify(value, undefined, {
          ...(style !== 'any' && { collectionStyle: style }),
          indent,
          lineWidth: 40,
          aliasDuplicateObjects: true,
        }),
  );

test('read in pieces of any size, a text has the value that yaml finds in the whole of it', () => {
  fc.assert(
    fc.property(yamlText, fc.integer({ min: 1, max: 20 }), (text, every) => {
      const read = inPieces(text, every);
      assert.deepEqual(read.mistakes, []);
      assert.deepEqual(read.value, parseDocument(text, { uniqueKeys: false }).toJS());
    }),
    { numRuns: runs(150) },
  );
});

test('pieces of any size give the same value, mistakes and places, also of a text that is none', () => {
  const spoiled = fc.tuple(
    yamlText,
    fc.array(fc.tuple(fc.nat(400), fc.constantFrom(' ', '\n', '- ', ': ', ',', ']', '}', '[', '&a ', '*a ', '# ', '"', '\t', '!x ')), {
      maxLength: 3,
    }),
  );
  let mistaken = 0;
  fc.assert(
    fc.property(spoiled, fc.integer({ min: 1, max: 20 }), ([whole, changes], every) => {
      const text = changes.reduce((all, [at, put]) => all.slice(0, at) + put + all.slice(at), whole);
      const [few, all] = [inPieces(text, every), inPieces(text, 1e9)];
      // of a text with a mistake yaml may find a different number, but never none
      assert.equal(few.mistakes.length > 0, all.mistakes.length > 0, text);
      if (all.mistakes.length > 0) mistaken += 1;
      if (all.mistakes.length > 0) return;
      assert.deepEqual(few.value, all.value);
      for (const path of [[], ['a'], [0], ['targets', 1], ['a', 'b'], ['7']]) {
        for (const field of [undefined, 'a', '7']) assert.equal(few.offsetOf(path, field), all.offsetOf(path, field), JSON.stringify(path));
      }
    }),
    { numRuns: runs(250) },
  );
  assert.ok(mistaken > 10);
});

test('a part, a name and an item are placed where they stand, numbers as names too', () => {
  const text = 'b: 1\n7: [x, {c: d}]\na: *n\n'.replace('*n', '3');
  const { offsetOf } = inPieces(text, 1);

  assert.equal(offsetOf(['7', 1, 'c'], undefined), text.indexOf('d}'));
  assert.equal(offsetOf(['7', 1], 'c'), text.indexOf('c:'));
  assert.equal(offsetOf([], 'a'), text.indexOf('a:'));
  assert.equal(offsetOf(['7', 5], undefined), text.indexOf('[x'), 'the nearest part around what is not there');
});

test('an alias counts as what it stands for, and a text of many KiB as many', () => {
  const budget = 50;
  const excess = (text: string) => {
    const yaml = createYamlValue(budget);
    for (const piece of piecesOf(text, () => undefined)) if (yaml.add(piece) !== undefined) return true;
    return false;
  };
  assert.equal(excess(`a: &a [1, 2, 3, 4, 5, 6, 7]\nb: [${'*a, '.repeat(4)}]`), false);
  assert.equal(excess(`a: &a [1, 2, 3, 4, 5, 6, 7]\nb: [${'*a, '.repeat(5)}]`), true);
  assert.equal(excess(`a: ${'x'.repeat(40 * 1024)}`), false);
  assert.equal(excess(`a: ${'x'.repeat(60 * 1024)}`), true);
});

/** How much of a text is read before it is refused, in lines. */
function linesRead(text: string): number {
  let lines = 0;
  const yaml = createYamlValue();
  for (const piece of piecesOf(text, () => (lines += 1))) if (yaml.add(piece) !== undefined) break;
  return lines;
}

test('what is refused is not read to its end', () => {
  const lines = (count: number, line: string) => line.repeat(count);

  assert.ok(linesRead(lines(50_000, '%\n')) <= 2 * budgets.configStrays.maxLines, 'directives');
  assert.ok(linesRead(lines(50_000, '...\n')) <= 2 * budgets.configStrays.maxLines, 'ends of documents');
  assert.ok(linesRead(`targets:\n${lines(50_000, '- x\n')}`) < 8000, 'a list');
  assert.ok(linesRead(lines(50_000, 'a: 1\n')) < 3000, 'fields');
  assert.ok(linesRead(`a:\n${lines(200_000, '#\n')}`) <= budgets.configTokens.maxTokens / 2 + 2, 'comments');
});

test('no piece holds more than some thousand tokens of a long list, in whatever style it is written', () => {
  const items = (text: string) => inPieces(text, 64).pieces.map(({ document }) => String(document.contents?.range?.[1] ?? 0)).length;
  for (const [small, large] of [
    [`targets:\n${'- {a: b}\n'.repeat(200)}`, `targets:\n${'- {a: b}\n'.repeat(2000)}`],
    [`{"targets":[${'{"a":1},'.repeat(200)}1]}`, `{"targets":[${'{"a":1},'.repeat(2000)}1]}`],
  ] as const) {
    assert.ok(items(small) > 5);
    assert.ok(items(large) > 9 * items(small) && items(large) < 11 * items(small), 'ten times the pieces for ten times the text');
  }
});

test('each figure is told by the refusal', () => {
  const message = (text: string) => {
    const result = parseYaml(text);
    return result.ok ? '' : result.faults.map(({ message }) => message).join('\n');
  };
  assert.match(message('\n'.repeat(budgets.configLines.maxLines)), /more than 200000 lines/);
  assert.match(message(`a: &a [${'x, '.repeat(1000)}]\nb: [${'*a, '.repeat(250)}]`), /more than 200000 fields and values/);
  assert.match(message('['.repeat(120)), /nested too deeply \(more than 100 levels\)/);
  assert.match(message(`a: [${'x, '.repeat(5001)}]`), /a list of more than 5000/);
  assert.match(message('%TAG !a! b\n'.repeat(30)), /more than 20 lines here belong to no document/);
  assert.match(message(`a:\n${'#\n'.repeat(180_000)}`), /more than 200000 tokens/);
});

test('of many problems the first 20 are told, and of a long text the rest is not looked for', () => {
  const result = parseConfig(
    `targets:\n${Array.from({ length: 3000 }, (_, index) => `- {a${index}: {b: [c, d, {}]}}\n`).join('')}`,
    'x.yml',
  );

  assert.equal(result.ok, false);
  const problems = result.ok ? [] : result.problems;
  assert.equal(problems.length, 20);
  assert.deepEqual(
    problems.slice(0, 2).map(({ line, message }) => `${line} ${message.slice(0, 32)}`),
    ['2 targets[0].name: required, but m', '2 targets[0]: unknown field "a0"; '].map((text) => text.slice(0, 34)),
  );
  assert.match(problems.at(-1)?.message ?? '', /^and at least \d{2,3} more problems$/);
});

test('lines and columns are those of yaml', () => {
  const counter = new LineCounter();
  const text = 'a:\n  - b: "x\n\n      y"\n  - [c,\n     d]\n';
  parseDocument(text, { lineCounter: counter });
  const result = parseYaml(text);
  assert.ok(result.ok);
  const { line, col } = counter.linePos(text.indexOf('d]'));
  assert.deepEqual(result.placeOf(result.offsetOf(['a', 1, 1], undefined)), { line, column: col });
});
