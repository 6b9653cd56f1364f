import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { budgets } from '../../../budgets.ts';
import type { Format } from '../../metrics/exposition.ts';
import { contentTypes } from '../../metrics/own.ts';
import { formatFor, metricsPage, metricsPieces } from '../../metrics/page.ts';
import { measureSelf } from '../../metrics/self.ts';
import { answer, text, varies, wantsGzip } from '../answer.ts';
import type { Deps, RouteDeps } from '../deps.ts';
import { gzipPieces } from '../gzip-pieces.ts';
import { inTurns } from '../in-turns.ts';
import { cutShort } from '../refuse.ts';
import { piecesFrom, type SharedPieces, sharePieces } from '../shared-pieces.ts';
import { shareRuns } from '../shared-runs.ts';
import { askedTarget, namesOf } from '../which-target.ts';

/**
 * `/metrics`, or where `--web.telemetry-path` says: every target, and memgap itself, as they are when the page is begun, printed as its
 * clients take it. Whoever asks while a page is made, or as long after it, gets the next one with all others: how many ask does not make it
 * more work.
 */
export function metricsRoute(app: FastifyInstance, { targets, self, telemetryPath, log, answering }: RouteDeps): void {
  const pages = { text: shared('text'), openmetrics: shared('openmetrics') };

  app.get(telemetryPath, async (request, reply) => {
    const format = formatFor(request.headers.accept);
    const isZipped = wantsGzip(request);
    const { first, enter } = await pages[format][isZipped ? 'gzip' : 'identity']();
    const leave = enter((bytes) => answering(request, bytes));
    const piece = await first;
    const isWhole = (await piece?.next()) === undefined;
    if (request.raw.socket.destroyed) {
      leave();
      return reply.hijack(); // gone while it waited
    }
    reply.type(contentTypes[format]).header('vary', varies);
    if (isZipped) reply.header('content-encoding', 'gzip');
    if (isWhole) {
      leave();
      return reply.send(piece?.bytes); // with its length
    }
    const pieces = request.method === 'HEAD' ? [] : piecesFrom(piece);
    const body = Readable.from(pieces, { objectMode: false, highWaterMark: budgets.scrapeAhead.maxBytes });
    body.once('close', leave).once('error', (error) => cutShort(error, request, log));
    return reply.send(body);
  });

  function shared(format: Format) {
    return { identity: inRuns(() => print(format)), gzip: inRuns(() => gzipPieces(print(format))) };
  }

  async function* print(format: Format): AsyncGenerator<Buffer, void> {
    yield* inTurns(await metricsPieces({ targets: targets.all(), self: await measureSelf(self) }, format));
  }
}

function inRuns(print: () => AsyncGenerator<Buffer, void>): () => Promise<SharedPieces> {
  const begin = async () => sharePieces(print());
  return shareRuns(begin, 1, ({ settled }) => settled);
}

/** `/probe?target=NAME`: the families of one configured target, without memgap's own. */
export function probeRoute(app: FastifyInstance, { targets }: Deps): void {
  app.get('/probe', async (request, reply) => {
    const asked = askedTarget(targets, request.query);
    if (!asked.ok) return answer(request, reply, text(asked.problem, asked.status));
    if (asked.state === undefined) return answer(request, reply, text(`name a target: /probe?target=NAME; ${namesOf(targets)}`, 400));
    const page = await metricsPage({ targets: [asked.state], self: undefined }, request.headers.accept);
    return answer(request, reply, { type: page.contentType, body: page.body });
  });
}
