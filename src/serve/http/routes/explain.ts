import type { FastifyInstance } from 'fastify';
import { explainHtml } from '../../../answer/html.ts';
import { explainText } from '../../../answer/text.ts';
import type { TargetState, Targets } from '../../../causes/state.ts';
import { escapeHtml, printable } from '../../../untrusted.ts';
import { acceptedBy } from '../../metrics/accept.ts';
import { type Answer, answer, text, types } from '../answer.ts';
import type { Deps } from '../deps.ts';
import { explainLink, htmlPage } from '../html.ts';
import { askedOrOnlyTarget, noSnapshot, parameter } from '../which-target.ts';

type PageFormat = 'text' | 'html';

/** `/explain?target=NAME`: where the memory is, text for curl and a page for a browser, or by `&format=text` or `html`. */
export function explainRoute(app: FastifyInstance, { targets }: Deps): void {
  app.get('/explain', async (request, reply) => {
    const format = formatOf(parameter(request.query, 'format') ?? wantedBy(request.headers.accept));
    if (format === undefined) return answer(request, reply, text('format must be text or html', 400));
    const asked = askedOrOnlyTarget(targets, request.query);
    if (!asked.ok) return answer(request, reply, text(asked.problem, asked.status));
    return answer(request, reply, asked.state === undefined ? list(targets, format) : explanation(asked.state, format));
  });
}

function formatOf(wanted: unknown): PageFormat | undefined {
  return wanted === 'text' || wanted === 'html' ? wanted : undefined;
}

/** A browser asks for `text/html`; curl for anything. */
function wantedBy(accept: string | undefined): PageFormat {
  return acceptedBy(accept)[0]?.value === 'text/html' ? 'html' : 'text';
}

function explanation(state: TargetState, format: PageFormat): Answer {
  const title = `${state.name} - memgap`;
  if (state.ledger === undefined) {
    const lines = noSnapshot(state);
    if (format === 'text') return text(lines.join('\n'), 503);
    return { status: 503, type: types.html, body: htmlPage(title, lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n')) };
  }
  if (format === 'text') return { type: types.text, body: explainText(state.ledger, { ...state, color: false }) };
  return { type: types.html, body: htmlPage(title, explainHtml(state.ledger, state)) };
}

function list(targets: Targets, format: PageFormat): Answer {
  const names = targets.all().map(({ name }) => name);
  if (format === 'text') {
    const lines = names.map((name) => `/explain?target=${encodeURIComponent(name)}  ${printable(name, 128)}`);
    return text(['name a target:', ...lines].join('\n'));
  }
  const items = names.map((name) => `<li><a href="${explainLink(name)}">${escapeHtml(name)}</a></li>`);
  return { type: types.html, body: htmlPage('targets - memgap', `<h1>Which target?</h1>\n<ul>\n${items.join('\n')}\n</ul>`) };
}
