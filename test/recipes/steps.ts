import type { Step } from './carry-out.ts';
import { type Check, tests } from './checks.ts';
import type { Copy } from './copy.ts';

const changelog = 'CHANGELOG.md';

/** A line in the newest version of CHANGELOG.md. */
export function inChangelog(names: string): Step {
  return {
    what: `a line in ${changelog}`,
    apply: (copy) =>
      copy.write(
        changelog,
        copy.read(changelog).replace(/^## .+\n\n/m, (heading) => `${heading}* [FEATURE] ${names}.\n`),
      ),
    red: tests('test/surface.test.ts'),
  };
}

/** The texts that tests hold memgap's output against, written anew. */
export function goldens(path: string): Step {
  return {
    what: `UPDATE_GOLDEN=1 scripts/test.sh ${path}`,
    apply: (copy) =>
      mustRun(copy, process.execPath, ['--import', 'tsx', '--test', path], { UPDATE_GOLDEN: '1', NODE_TEST_CONTEXT: undefined }),
    red: tests(path),
  };
}

/** `npm run generate`. */
export function generate(red: Check = tests('test/config/generated.test.ts')): Step {
  return { what: 'npm run generate', apply: (copy) => mustRun(copy, process.execPath, ['--import', 'tsx', 'scripts/generate.ts']), red };
}

function mustRun(copy: Copy, command: string, args: readonly string[], environment?: NodeJS.ProcessEnv): void {
  const { status, output } = copy.run(command, args, environment);
  if (status !== 0 && environment?.UPDATE_GOLDEN === undefined)
    throw new Error(
      output
        .trim()
        .split('\n')
        .find((line) => /Error/.test(line)) ?? output.slice(0, 200),
    );
}
