const lexemes = /\/\/.*|\/\*[\s\S]*?\*\/|'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`((?:\\.|[^`\\])*)`/g;

/**
 * What is in quotes in a TypeScript source, without what templates insert; comments and paths of modules are none of it. A quote in a
 * regular expression may hide what follows on its line.
 */
export function stringsIn(source: string): readonly string[] {
  return [...source.matchAll(lexemes)]
    .map(([, single, double, template]) => single ?? double ?? template?.replace(/\$\{[^{}]*\}/g, '…') ?? '')
    .filter((text) => text !== '' && !/^\.{1,2}\//.test(text));
}

/** What a page says in words of its own: without blocks of code, names in code, comments and the addresses of links. */
export function proseOf(page: string): string {
  return page
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/^ {4}.*$/gm, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/`[^`\n]*`/g, '')
    .replace(/\]\([^)]*\)/g, ']');
}
