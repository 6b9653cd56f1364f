import { escapeHtml } from '../../untrusted.ts';
import { stylesheet } from './style.ts';

/** A whole page around the inside of its `<main>`, which must be escaped already. Links are relative: memgap may stand behind a proxy's prefix. */
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
