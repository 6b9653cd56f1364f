// node --import tsx test/recipes/source.ts: the recipe "A source" of CONTRIBUTING.md, with one that is made up; what turns red where a step
// is forgotten.
import { carryOut } from './carry-out.ts';
import { tests, types } from './checks.ts';
import { inChangelog } from './steps.ts';

const source = 'src/kernel/process/made-up.ts';
const list = 'src/poll/sources.ts';
const model = 'src/model/process.ts';
const poll = 'src/poll/process-reader.ts';
const test = 'test/kernel/process/made-up.test.ts';
const kinds = 'test/fuzz/kinds/process.ts';

const text = `import type { MadeUp } from '../../model/process.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import type { ProcessHandle, Source } from '../../model/source.ts';
import { readProcFile } from './file.ts';

/** /proc/PID/oom_score, made up. Needs no right. */
export const madeUp = {
  name: 'made_up',
  without: { needs: 'sight', lost: 'nothing', families: [] },
  read(process) {
    const text = readProcFile(process, 'oom_score');
    return text.ok ? parseMadeUp(text.value) : text;
  },
} as const satisfies Source<ProcessHandle, MadeUp>;

/** Pure: the text of /proc/PID/oom_score. */
export function parseMadeUp(text: string): Reading<MadeUp> {
  return /^\\d{1,4}\\n$/.test(text) ? found({ score: Number(text) }) : missing('malformed', 'not the text of a /proc/PID/oom_score');
}
`;

const kind = `const madeUp: Kind = {
  name: 'made-up',
  extension: 'txt',
  weight: 1,
  make: (random) => Buffer.from(random.pick(numbers)),
  check: (input) => sound(parseMadeUp(input.toString())),
};

`;

carryOut({
  name: 'A source',
  steps: [
    { what: 'its file in src/kernel', apply: (copy) => copy.write(source, text), red: types },
    {
      what: 'its name in src/poll/sources.ts',
      apply: (copy) => {
        copy.edit(list, 'import { mallocChunks }', "import { madeUp } from '../kernel/process/made-up.ts';\nimport { mallocChunks }");
        copy.edit(list, '  limits,\n', '  limits,\n  made_up: madeUp,\n');
      },
      red: types,
    },
    {
      what: 'what it gives in src/model',
      apply: (copy) =>
        copy.edit(
          model,
          'export interface ProcessLimits {',
          'export interface MadeUp {\n  readonly score: number;\n}\n\n/** Again what is above. */\nexport interface ProcessLimits {',
        ),
      red: types,
    },
    {
      what: 'its read at polls',
      apply: (copy) => {
        const line = '    const activity = await recorder.run(sources.activity, { pid, paths }, signal);\n';
        copy.edit(poll, line, `${line}    await recorder.run(sources.made_up, { pid, paths }, signal);\n`);
      },
      red: tests('test/poll/sources.test.ts'),
    },
    {
      what: 'its test',
      apply: (copy) =>
        copy.write(
          test,
          "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { parseMadeUp } from '../../../src/kernel/process/made-up.ts';\n\ntest('made up', () => assert.deepEqual(parseMadeUp('7\\n'), { ok: true, value: { score: 7 } }));\n",
        ),
      red: tests('test/poll/sources.test.ts'),
    },
    {
      what: 'its kind in test/fuzz/kinds',
      apply: (copy) => {
        copy.edit(
          kinds,
          'import { countPresent }',
          "import { parseMadeUp } from '../../../src/kernel/process/made-up.ts';\nimport { countPresent }",
        );
        copy.edit(kinds, 'const environ: Kind', `${kind}const environ: Kind`);
        copy.write(kinds, copy.read(kinds).replace(/(export const processKinds: readonly Kind\[\] = \[)/, '$1madeUp, '));
      },
      red: tests('test/fuzz/kinds.test.ts'),
    },
    inChangelog('Source `made_up`'),
  ],
});
