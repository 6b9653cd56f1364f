/**
 * Text that came from a target (executable and module names, mapped paths, labels, error bodies), made safe to show.
 * Control characters, bidi overrides, zero-width and line-separator characters become visible escapes: `\x1b`, `\u202e`.
 */
export function printable(text: string, most = 512): string {
  // each character is shown as one or more: of a long text the start is all that can be seen
  const shown = text.slice(0, most + 1).replaceAll(unsafe, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return shown.length > most ? `${shown.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…` : shown;
}

// C0, DEL, C1; soft hyphen; Arabic letter mark; zero-width and direction marks; line and paragraph separators, embeddings and overrides;
// isolates; byte order mark; lone surrogates
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is for
  /[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Any text as HTML text or a quoted attribute's value; hostile characters are made visible first. */
export function escapeHtml(text: string): string {
  return printable(text, 4096).replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** A label's value: printable, at most 128 characters. */
export function labelValue(text: string): string {
  return printable(text, 128);
}

/** A pod as `namespace/name`, at most as long as the longest that Kubernetes takes: the environment that tells it is anybody's. */
export function podName({ namespace, pod }: { readonly namespace: string; readonly pod: string }): string {
  return printable(`${namespace}/${pod}`, 317);
}

/** A text of several lines that are memgap's own, like the stack of an error whose message may quote anybody. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line, 2048))
    .join('\n');
}

/** A value as JSON for a terminal: what could move, hide or turn the characters around it is escaped as JSON escapes it. */
export function printableJson(value: unknown): string {
  return escapeInJson(JSON.stringify(value, undefined, 2));
}

/** A value as JSON that stays a value in a `<script>` of whoever embeds it (HTML, section 4.12.1.3), and on a terminal. */
export function embeddableJson(value: unknown): string {
  return escapeInJson(JSON.stringify(value)).replaceAll('<', '\\u003c');
}

/** JSON text with its hostile characters, which stand in strings only, as JSON's own escapes: it is the same value. */
export function escapeInJson(json: string): string {
  return json.replaceAll(
    /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
