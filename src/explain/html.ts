import type { Ledger } from '../ledger/ledger.ts';
import { formatBytes } from '../units.ts';
import { escapeHtml } from '../untrusted.ts';
import { circumstances, gaps, headline } from './notes.ts';
import { type Row, waterfall } from './waterfall.ts';

/** The waterfall as the inside of a page's `<main>`: headings and tables, no script and no style of its own; everything is escaped. */
export function explainHtml(ledger: Ledger): string {
  const parts = [
    `<h1>${escapeHtml(headline(ledger))}</h1>`,
    ...circumstances(ledger).map((text) => `<p class="dim">${escapeHtml(text)}</p>`),
  ];
  for (const { title, rows } of waterfall(ledger)) {
    const top = rows[0]?.size;
    const total = top?.ok === true ? top.value : 0;
    parts.push(
      `<table><caption>${escapeHtml(title)}</caption><thead><tr><th scope="col">what</th><th scope="col">bytes</th><th scope="col">share</th><th scope="col">source</th></tr></thead>`,
      `<tbody>${rows.map((row) => tableRow(row, total)).join('')}</tbody></table>`,
    );
  }
  const missing = gaps(ledger);
  if (missing.length > 0) parts.push('<h2>Not known, and what to do</h2><dl>');
  for (const { source, reason, detail, next } of missing) {
    parts.push(
      `<dt>${escapeHtml(source)}: ${reason}</dt><dd>${escapeHtml(detail)}${next === undefined ? '' : `<br>→ ${escapeHtml(next)}`}</dd>`,
    );
  }
  if (missing.length > 0) parts.push('</dl>');
  return parts.join('\n');
}

function tableRow({ depth, label, size, source }: Row, total: number): string {
  const name = `<th scope="row" class="depth${depth}">${escapeHtml(label)}</th>`;
  if (!size.ok) return `<tr>${name}<td colspan="3" class="gap">not known: ${size.reason}</td></tr>`;
  const share = total > 0 ? `<meter min="0" max="${total}" value="${Math.max(0, size.value)}"></meter>` : '';
  return `<tr>${name}<td class="size" title="${size.value} bytes">${formatBytes(size.value)}</td><td>${share}</td><td class="dim">${escapeHtml(source)}</td></tr>`;
}
