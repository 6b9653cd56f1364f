import type { FastifyInstance } from 'fastify';
import { ledgerDocument } from '../../../answer/document.ts';
import type { TargetState } from '../../../causes/state.ts';
import { known } from '../../../model/reading.ts';
import type { LastObservation, SourceOutcome } from '../../../model/snapshot.ts';
import { answer, json } from '../answer.ts';
import type { Deps } from '../deps.ts';
import { askedOrOnlyTarget, namesOf, noSnapshot } from '../which-target.ts';

/**
 * `/api/v1/targets` and `/api/v1/ledger?target=NAME`, in JSON: bytes, Unix seconds, no key for what is unknown; `{"error"}` with 4xx and
 * 5xx.
 */
export function apiRoutes(app: FastifyInstance, { targets }: Deps): void {
  app.get('/api/v1/targets', async (request, reply) => answer(request, reply, json(targets.all().map(targetDocument))));

  app.get('/api/v1/ledger', async (request, reply) => {
    const asked = askedOrOnlyTarget(targets, request.query);
    if (!asked.ok) return answer(request, reply, json({ error: asked.problem }, asked.status));
    const { state } = asked;
    if (state === undefined) {
      return answer(request, reply, json({ error: `name a target: /api/v1/ledger?target=NAME; ${namesOf(targets)}` }, 400));
    }
    if (state.ledger === undefined) return answer(request, reply, json({ error: noSnapshot(state).join('; ') }, 503));
    return answer(request, reply, json(ledgerDocument(state.ledger, state.verdicts, state.past, state.lastObservation)));
  });
}

function targetDocument({ name, labels, ownPod, condition, ledger, restarts, errors, lastObservation }: TargetState): object {
  const process = ledger && known(ledger.snapshot.process);
  return {
    name,
    ...ownPod,
    ...labels,
    condition,
    pid: process?.pid,
    start_time: process?.startTime,
    restarts,
    last_sight: lastObservation && lastObservationDocument(lastObservation),
    taken_at: ledger?.snapshot.takenAt,
    sources: ledger && Object.fromEntries(Object.entries(ledger.snapshot.sources).map(([source, outcome]) => [source, summary(outcome)])),
    errors: Object.fromEntries([...errors].map(([source, reasons]) => [source, Object.fromEntries(reasons)])),
  };
}

/** The last that was seen of the process before the present one, or of the one that is gone; sizes in bytes. */
function lastObservationDocument(sight: LastObservation): object {
  const { pid, startTime, takenAt, usage, limit, headroom, peak, rss, used, unreclaimable, notGo } = sight;
  const most = { most_unreclaimable: unreclaimable, most_not_go: notGo };
  return { pid, start_time: startTime, taken_at: takenAt, usage, limit, headroom, peak, rss, used, ...most };
}

function summary(outcome: SourceOutcome): object {
  return outcome.ok ? { ok: true } : { ok: false, reason: outcome.reason, detail: outcome.detail };
}
