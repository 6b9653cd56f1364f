import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { mapReading, type Reading } from '../../src/model/reading.ts';
import { folder } from '../kernel/process/processes.ts';
import { type Lab, locateLab, startLab } from '../programs.ts';

/** A real Go program under names of the test's own, so that no rule finds one of another test. */
export interface GoProgram {
  /** The name that its copies have. */
  readonly name: string;
  readonly path: string;
  /** Starts one; it ends with the test. */
  start(listen?: string, environment?: NodeJS.ProcessEnv): Promise<Lab>;
}

let programs = 0;

/** A copy of the lab; else a detail fit for `t.skip`. */
export function goProgram(t: TestContext, prefix = 'mg'): Reading<GoProgram> {
  return mapReading(locateLab('go-newest-pure'), (lab) => {
    programs += 1;
    const name = `${prefix}-${process.pid}-${programs}`;
    const path = join(folder(t), name);
    copyFileSync(lab, path);
    return {
      name,
      path,
      async start(listen, environment) {
        const started = await startLab(path, listen, environment);
        t.after(() => started.stop());
        return started;
      },
    };
  });
}
