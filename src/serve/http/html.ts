import { escapeHtml } from '../../untrusted.ts';

/** The one stylesheet of memgap's pages, inline in each: light and dark by the reader's setting, readable without it. */
const stylesheet = `
:root { color-scheme: light dark; --ink: #1c2024; --dim: #5c6670; --line: #d6dade; --link: #0b5cad; --warn: #8a5300; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ea; --dim: #9aa4ae; --line: #3a4149; --link: #7ab8ff; --warn: #f0b45c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1rem 1.25rem 3rem; color: var(--ink); background: Canvas; font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
header, footer { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: .5rem 0; color: var(--dim); }
header { border-bottom: 1px solid var(--line); }
a { color: var(--link); }
h1 { font-size: 1.35rem; line-height: 1.3; margin: 1.25rem 0 .75rem; }
h2 { font-size: 1.1rem; margin: 1.75rem 0 .5rem; }
table { width: 100%; border-collapse: collapse; margin: 1.25rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
.waterfall th:first-child { width: 34%; }
.waterfall th:nth-child(2) { width: 6.5rem; }
.waterfall th:nth-child(3) { width: 8rem; }
th, td { text-align: left; vertical-align: top; padding: .2rem .75rem .2rem 0; border-bottom: 1px solid var(--line); font-weight: 400; }
thead th, th[scope=rowgroup], dt { font-weight: 600; }
th[scope=rowgroup] { padding-top: 1.25rem; }
.size { text-align: right; white-space: nowrap; }
.depth1 { padding-left: 1.25rem; }
.depth2 { padding-left: 2.5rem; }
.dim { color: var(--dim); }
.gap, .waiting, .down { color: var(--warn); }
meter { width: 100%; min-width: 5rem; }
dd { margin: 0 0 .75rem 1.25rem; }
`;

/**
 * The stylesheet as a source of `style-src`: what is not this text, byte for byte, does not apply. Written out, and checked by a test, for
 * node:crypto takes 1.2 MiB.
 */
export const styleSource = "'sha256-qvwdxwBum0bte/JA7dM2wG02GAtqa3okHCE+3JXtTGQ='";

/** A whole page around the inside of its `<main>`, which must be escaped already. Links are relative: a proxy may add a prefix. */
export function htmlPage(title: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${stylesheet}</style>
</head>
<body>
<header><a href=".//">memgap</a></header>
<main>
${main}
</main>
</body>
</html>
`;
}

/** The address of a target's explanation, relative to a page at the root, as an attribute's value. */
export function explainLink(name: string): string {
  return escapeHtml(`explain?target=${encodeURIComponent(name)}`);
}
