import type { Copy } from './copy.ts';

/** What can turn red: a command of `make test`, or some of its tests. */
export interface Check {
  readonly name: string;
  /** What is wrong, in a few words; nothing where it is green. */
  fails(copy: Copy): string | undefined;
}

const node = process.execPath;

/** `npm run types`. */
export const types: Check = command('types', 'node_modules/.bin/tsc', ['--noEmit'], /error TS\d+: (.+)/);

/** `npm run lint`. */
export const lint: Check = command(
  'lint',
  'node_modules/.bin/biome',
  ['check', '--error-on-warnings', '.'],
  /^(\S+ (?:lint|format|organizeImports)\S*)/m,
);

/** `npm run dead-code`. */
export const deadCode: Check = command('dead code', 'node_modules/.bin/knip', [], /^((?:Unused|Unlisted|Duplicate).+)/m);

/** The tests of a file, or those of it that have this name. */
export function tests(path: string, only?: string): Check {
  const pattern = only === undefined ? [] : [`--test-name-pattern=${only}`];
  return {
    name: path,
    fails(copy) {
      const { status, output } = copy.run(node, ['--import', 'tsx', '--test', '--test-reporter=tap', ...pattern, path], {
        NODE_TEST_CONTEXT: undefined,
      });
      if (status === 0) return undefined;
      const names = [...output.matchAll(/^ *not ok \d+ - (.+)$/gm)].map(([, name = '']) => name).filter((name) => !name.endsWith('.ts'));
      return names[0] ?? output.slice(0, 200);
    },
  };
}

function command(name: string, program: string, args: readonly string[], wrong: RegExp): Check {
  return {
    name,
    fails(copy) {
      const { status, output } = copy.run(program, args);
      return status === 0 ? undefined : (wrong.exec(output)?.[1] ?? output.trim().slice(0, 200));
    },
  };
}
