import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Prometheus } from '../test/programs.ts';
import { ask, type Figures } from './dashboards/ask.ts';
import { readDashboard } from './dashboards/read.ts';
import { markOf } from './pictures/marks.ts';
import { pageOf } from './pictures/page.ts';
import { pictures } from './pictures/pictures.ts';
import { tell } from './pictures/story.ts';

// Usage: pictures.ts [FILE]: docs/pictures/*.png from a story that takes five minutes. What Prometheus gave is kept in FILE, if one is
// named; where FILE is there already, the pictures are drawn from it.

const root = join(import.meta.dirname, '..');
const seconds = 300;
const span = { range: seconds, step: 2, rate: 10 };

/** By picture, title and refId of a panel; by picture and name of an annotation. */
type Recorded = Record<string, Figures>;

async function record(prometheus: Prometheus): Promise<Recorded> {
  const end = Date.now() / 1000;
  const recorded: Recorded = {};
  for (const { name, dashboard, variables, panels } of pictures) {
    const { annotations, panels: every } = readDashboard(dashboard);
    for (const { name: mark, expr } of annotations) {
      const query = { refId: mark, expr, legendFormat: mark, instant: false };
      recorded[`${name}/${mark}`] = await ask(prometheus.url, query, variables, span, end);
    }
    for (const { title, queries } of every.filter((panel) => panels.includes(panel.title))) {
      for (const query of queries) {
        recorded[`${name}/${title}/${query.refId}`] = await ask(prometheus.url, query, variables, span, end);
      }
    }
  }
  return recorded;
}

async function recordedIn(file: string | undefined): Promise<Recorded> {
  if (file !== undefined && existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  console.log(`pictures: the story takes ${seconds} s`);
  let recorded: Recorded = {};
  await tell(root, seconds, async (prometheus) => {
    recorded = await record(prometheus);
  });
  if (file !== undefined) writeFileSync(file, JSON.stringify(recorded));
  return recorded;
}

function draw(chromium: string, recorded: Recorded): void {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-pictures-'));
  const target = join(root, 'docs/pictures');
  mkdirSync(target, { recursive: true });
  try {
    for (const { name, dashboard, variables, panels } of pictures) {
      const { title, annotations, panels: every } = readDashboard(dashboard);
      const marks = annotations.map((annotation) => markOf(annotation, recorded[`${name}/${annotation.name}`] ?? [], span.step));
      const chosen = panels.map((wanted) => {
        const panel = every.find((each) => each.title === wanted);
        if (panel === undefined) throw new Error(`${dashboard} has no panel ${wanted}`);
        return { panel, figures: panel.queries.map(({ refId }) => recorded[`${name}/${wanted}/${refId}`] ?? []) };
      });
      const { html, width, height } = pageOf(
        variables.target === undefined ? title : `${title}: ${variables.target}`,
        chosen,
        marks,
        span.step,
      );
      const page = join(folder, `${name}.html`);
      writeFileSync(page, html);
      const { status, stderr } = spawnSync(
        chromium,
        [
          '--headless',
          '--no-sandbox', // a page of our own, and root has no sandbox
          '--disable-gpu',
          '--hide-scrollbars',
          `--user-data-dir=${join(folder, 'profile')}`,
          `--window-size=${width},${height}`,
          `--screenshot=${join(target, `${name}.png`)}`,
          `file://${page}`,
        ],
        { encoding: 'utf8' },
      );
      if (status !== 0) throw new Error(`${chromium}: ${stderr.slice(-2000)}`);
      console.log(`wrote docs/pictures/${name}.png`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
if (chromium === undefined) {
  console.error('*** pictures: SKIPPED, no Chromium here. Install it (Debian: apt-get install chromium), and run this again.');
} else {
  draw(chromium, await recordedIn(process.argv[2]));
}
