import { type Check, deadCode, lint, types } from './checks.ts';
import { type Copy, makeCopy } from './copy.ts';

/** One step of a recipe of CONTRIBUTING.md. */
export interface Step {
  /** As the recipe says it, in a few words. */
  readonly what: string;
  readonly apply: (copy: Copy) => void;
  /** What turns red where it is forgotten. */
  readonly red: Check;
}

/** A recipe of CONTRIBUTING.md, with something made up. */
export interface Recipe {
  /** The section's heading. */
  readonly name: string;
  /** What has to be there before, and is no step. */
  readonly before?: (copy: Copy) => void;
  readonly steps: readonly Step[];
}

/**
 * Carries a recipe out in a copy: with all steps what could turn red is green, and so are lint, types and dead code; without any one of
 * them what it says turns red. Prints a line for each, and sets the exit code.
 */
export function carryOut({ name, before, steps }: Recipe): void {
  const copy = makeCopy();
  try {
    before?.(copy);
    copy.keep();
    console.log(`${name}: ${steps.length} steps`);
    for (const step of steps) step.apply(copy);
    copy.run('node_modules/.bin/biome', ['check', '--write', '.']); // as an editor does
    const checks = new Map([lint, types, deadCode, ...steps.map(({ red }) => red)].map((each) => [each.name, each])).values();
    const reds = [...checks].flatMap((check) => {
      const wrong = check.fails(copy);
      return wrong === undefined ? [] : [`${check.name}: ${wrong}`];
    });
    tell(reds.length === 0, 'with all steps', reds.length === 0 ? 'all is green' : reds.join('; '));
    for (const left of steps) {
      copy.reset();
      const wrong = appliedWithout(copy, steps, left) ?? left.red.fails(copy);
      tell(
        wrong !== undefined,
        `without "${left.what}"`,
        wrong === undefined ? `${left.red.name} stays GREEN` : `${left.red.name}: ${wrong}`,
      );
    }
  } finally {
    copy.end();
  }
}

/** Why a later step can't even be done. */
function appliedWithout(copy: Copy, steps: readonly Step[], left: Step): string | undefined {
  for (const step of steps) {
    if (step === left) continue;
    try {
      step.apply(copy);
    } catch (error) {
      return `"${step.what}" can't be done: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : error}`;
    }
  }
  return undefined;
}

function tell(isGood: boolean, when: string, what: string): void {
  console.log(`  ${isGood ? 'ok ' : 'NOT'} ${when}: ${what.slice(0, 200)}`);
  if (!isGood) process.exitCode = 1;
}
