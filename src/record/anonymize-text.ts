import type { StandIns } from './stand-ins.ts';

type TextChange = (text: string, names: StandIns) => string;

/** The texts of a recording in which names stand, by the source that read it and what it is. */
const changes: ReadonlyArray<{ readonly key: RegExp; readonly change: TextChange }> = [
  {
    key: / \d+\/status$/,
    change: (text, { word }) => text.replace(/^(Name:\t)(.*)$/m, (_, key: string, name: string) => key + word(name, 'name')),
  },
  { key: / \d+\/stat$/, change: (text, { word }) => text.replace(/\((.*)\)/s, (_, name: string) => `(${word(name, 'name')})`) },
  {
    key: / \d+\/smaps$/,
    change: (text, { path }) =>
      text.replaceAll(
        /^([\da-f]+-[\da-f]+ \S{4} [\da-f]+ [\da-f]+:[\da-f]+ \d+ +)(\S.*)$/gm,
        (_, before: string, name: string) => before + path(name),
      ),
  },
  {
    key: / \d+\/mountinfo$/,
    change: (text, { path }) => text.replaceAll(/^(\d+ \d+ \S+ \/ )(\S+)/gm, (_, before: string, point: string) => before + path(point)),
  },
  {
    key: / \d+\/fd$/,
    change: (text, { path }) => text.replaceAll(/"\/.*"$/gm, (link) => JSON.stringify(path(String(JSON.parse(link))))),
  },
  { key: /^pprof_heap body$/, change: profile },
];

/** One of them with its names replaced. */
export function anonymizedText(key: string, text: string, names: StandIns): string {
  const change = changes.find((each) => each.key.test(key))?.change;
  return change === undefined ? text : change(text, names);
}

/** Frames: address, function, offset, file, line, with tabs between them. */
function profile(text: string, names: StandIns): string {
  return text.replaceAll(/^#\t(0x[\da-f]+)\t(.*)$/gm, (_, address: string, frame: string) => {
    const [, name = '', offset = '', file = '', line = ''] = /^(.*)\+(0x[\da-f]+)\t+(.*):(\d+)$/.exec(frame) ?? [];
    if (name === '') return `#\t${address}`;
    const shown = names.goFunction(name);
    const place = shown === name ? (/[^/]+$/.exec(file)?.[0] ?? '') : `${names.word(file, 'file')}.go`;
    return `#\t${address}\t${shown}+${offset}\t${place}:${line}`;
  });
}
