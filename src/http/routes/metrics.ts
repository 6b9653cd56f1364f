import type { FastifyInstance } from 'fastify';
import { metricsPage, wantsOpenMetrics } from '../../metrics/page.ts';
import { measureSelf } from '../../metrics/self.ts';
import { type Answer, answer, compressed } from '../answer.ts';
import type { Deps } from '../deps.ts';
import { shareRuns } from '../shared-runs.ts';

/**
 * `/metrics`, or where `--web.telemetry-path` says: every target, and memgap itself. Whoever asks while a page is made, or as long after it, gets the next
 * one with all others: how many ask does not make it more work.
 */
export function metricsRoute(app: FastifyInstance, { targets, self, telemetryPath }: Deps): void {
  const text = shareRuns(() => make(undefined), 1);
  const openMetrics = shareRuns(() => make('application/openmetrics-text'), 1);
  app.get(telemetryPath, async (request, reply) =>
    answer(request, reply, await (wantsOpenMetrics(request.headers.accept) ? openMetrics : text)()),
  );

  async function make(accept: string | undefined): Promise<Answer> {
    const { contentType, body } = await metricsPage({ targets: targets.all(), self: await measureSelf(self) }, accept);
    let zipped: Buffer | undefined;
    return {
      type: contentType,
      body,
      gzip: () => {
        zipped ??= compressed(body);
        return zipped;
      },
    };
  }
}

const taken = ['/probe', '/explain', '/api', '/-'];

/** What is wrong with a `--web.telemetry-path`, as one line that names the flag; `undefined` if nothing is. */
export function telemetryPathProblem(path: string): string | undefined {
  if (!/^\/[\w./~-]*$/.test(path)) return '--web.telemetry-path must start with / and hold only letters, digits and . _ ~ - /';
  const clash = taken.find((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  return clash && `--web.telemetry-path must not be ${clash} or below it: memgap has other pages there`;
}
