import type { Ledger } from '../books/ledger.ts';
import type { Verdicts } from '../causes/engine/judge.ts';
import type { Past } from '../history/past.ts';
import type { LastObservation } from '../model/snapshot.ts';
import { formatBytes } from '../model/units.ts';
import { escapeHtml } from '../untrusted.ts';
import { gaps } from './gaps.ts';
import { circumstances, headline, lastSeen, trend } from './notes.ts';
import { rightSizeLines } from './right-size-lines.ts';
import { type Row, type Section, widest } from './section.ts';
import type { ExplainOptions } from './text.ts';
import { sentences, unjudged } from './verdict.ts';
import { waterfall } from './waterfall.ts';

/** The waterfall as the inside of a page's `<main>`: headings and one table, no script and no style of its own; everything is escaped. */
export function explainHtml(ledger: Ledger, { past, verdicts, lastObservation }: Omit<ExplainOptions, 'color'> = {}): string {
  const about = [...circumstances(ledger), ...trend(past), ...lastSeen(lastObservation, ledger.snapshot)].map(escapeHtml).join('<br>');
  return [
    `<h1>${escapeHtml(headline(ledger))}</h1>`,
    `<p class="dim">${about}</p>`,
    '<table class="waterfall"><thead><tr><th scope="col">what</th><th scope="col" class="size">size</th><th scope="col">share</th><th scope="col">source</th></tr></thead>',
    ...waterfall(ledger).map(sectionRows),
    '</table>',
    ...missingList(ledger),
    ...(verdicts === undefined ? [] : verdictList(verdicts)),
    ...sizeList(ledger, past, lastObservation),
  ].join('\n');
}

function sectionRows(section: Section): string {
  const head = `<tr><th scope="rowgroup" colspan="4">${escapeHtml(section.title)}</th></tr>`;
  return `<tbody>${head}${section.rows.map((row) => tableRow(row, widest(section))).join('')}</tbody>`;
}

function tableRow({ depth, label, size, source }: Row, widestBytes: number): string {
  const name = `<th scope="row" class="depth${depth}">${escapeHtml(label)}</th>`;
  const from = `<td class="dim">${escapeHtml(source)}</td>`;
  if (!size.ok) return `<tr>${name}<td colspan="2" class="gap">not known: ${size.reason}</td>${from}</tr>`;
  const bytes = `<td class="size" title="${size.value} bytes">${formatBytes(size.value)}</td>`;
  return `<tr>${name}${bytes}<td><meter min="0" max="${widestBytes}" value="${Math.abs(size.value)}"></meter></td>${from}</tr>`;
}

function missingList(ledger: Ledger): readonly string[] {
  const missing = gaps(ledger);
  if (missing.length === 0) return [];
  const items = missing.map(({ source, reason, detail, next }) => {
    const step = next === undefined ? '' : `<br>→ ${escapeHtml(next)}`;
    return `<dt>${escapeHtml(source)}: ${reason}</dt><dd>${escapeHtml(detail)}${step}</dd>`;
  });
  return ['<h2>Not known, and what to do</h2>', `<dl>${items.join('')}</dl>`];
}

function verdictList(verdicts: Verdicts): readonly string[] {
  const items = sentences(verdicts).map(({ title, summary, evidence, next, runbook }) => {
    const because = evidence.map((each) => `<br><span class="dim">${escapeHtml(each)}</span>`).join('');
    return `<dt>${escapeHtml(title)}</dt><dd>${escapeHtml(summary)}${because}${next.map((each) => `<br>→ ${escapeHtml(each)}`).join('')} <span class="dim">(${runbook})</span></dd>`;
  });
  const rest = unjudged(verdicts).map((line) => `<p class="dim">${escapeHtml(line)}</p>`);
  if (items.length + rest.length === 0) return [];
  return ['<h2>Verdict</h2>', ...(items.length === 0 ? [] : [`<dl>${items.join('')}</dl>`]), ...rest];
}

function sizeList(ledger: Ledger, past: Past | undefined, lastObservation: LastObservation | undefined): readonly string[] {
  const lines = rightSizeLines(ledger, past, lastObservation);
  if (lines === undefined) return [];
  const because = [...lines.reasons, ...lines.caveats].map((each) => `<br><span class="dim">${escapeHtml(each)}</span>`).join('');
  return ['<h2>Right size</h2>', `<p><code>${escapeHtml(lines.settings)}</code>${because}</p>`];
}
