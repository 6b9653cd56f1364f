import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Figures } from '../dashboards/ask.ts';
import type { ReadPanel } from '../dashboards/read.ts';
import type { Mark } from './marks.ts';

const uplot = dirname(createRequire(import.meta.url).resolve('uplot'));
const column = 52;
const rowHeight = 26;
const gap = 8;

/** A panel and what each of its queries gave. */
export interface Drawn {
  readonly panel: ReadPanel;
  readonly figures: readonly Figures[];
}

/**
 * A page that draws panels one beside the other, as wide and high as their JSON says, by uPlot, which is the chart engine inside Grafana,
 * with vertical lines in each chart. `step` is that of the queries, in seconds; sizes are in pixels.
 */
export function pageOf(
  title: string,
  panels: readonly Drawn[],
  marks: readonly Mark[],
  step: number,
): { readonly html: string; readonly width: number; readonly height: number } {
  const width = 24 * column + 2 * gap;
  const height = heightOf(panels);
  const html = `<!doctype html><meta charset="utf-8"><title>${title}</title>
<style>${readFileSync(join(uplot, 'uPlot.min.css'), 'utf8')}
${readFileSync(join(import.meta.dirname, 'page.css'), 'utf8')}
main { grid-template-columns: repeat(24, 1fr); gap: ${gap}px; }</style>
<header><b>${title}</b><span>drawn by uPlot from the panels' JSON and real programs' numbers; not a screenshot of Grafana</span></header>
<main></main>
<script>${readFileSync(join(uplot, 'uPlot.iife.min.js'), 'utf8')}</script>
<script>const rowHeight = ${rowHeight}; const step = ${step}; const panels = ${inScript(panels)}; const marks = ${inScript(marks)};
${readFileSync(join(import.meta.dirname, 'draw.js'), 'utf8')}</script>`;
  return { html, width, height };
}

function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function heightOf(panels: readonly Drawn[]): number {
  let [x, highest, total] = [0, 0, 40];
  for (const { panel } of panels) {
    if (x + panel.place.w > 24) {
      total += highest + gap;
      [x, highest] = [0, 0];
    }
    x += panel.place.w;
    highest = Math.max(highest, panel.place.h * rowHeight);
  }
  return total + highest + gap;
}
