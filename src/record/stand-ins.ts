import { knownLibrary, knownWords } from './known-words.ts';

/** Stand-ins for names, the same for the same name wherever it stands; what rules go by stays as it is. */
export interface StandIns {
  word(name: string, kind: string): string;
  /** Of a file, or what a mapping is called. */
  path(path: string): string;
  /** Of a cgroup, or a part of it. */
  group(path: string): string;
  url(url: string): string;
  /** Of a Go function with its package: the standard library's stay. */
  goFunction(name: string): string;
  /** A sentence of memgap's that may quote any of them: to be asked for last, for it knows what was asked for before. */
  sentence(text: string): string;
}

const deleted = ' (deleted)';
const uid = /[0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}/;
const partOfGroup = new RegExp(`pod(?=${uid.source})|${uid.source}|pod[0-9a-f]{32}(?![0-9a-f])|[0-9a-f]{64}|[^-.:@/]+`, 'g');

/** None yet. */
export function createStandIns(): StandIns {
  const words = new Map<string, string>();
  const paths = new Map<string, string>();

  function word(name: string, kind: string): string {
    const known = words.get(name);
    if (known !== undefined) return known;
    const standIn = `${kind}${words.size + 1}`;
    words.set(name, standIn);
    return standIn;
  }

  function path(whole: string): string {
    const known = paths.get(whole);
    if (known !== undefined) return known;
    const standIn = pathOf(whole);
    if (standIn !== whole) paths.set(whole, standIn);
    return standIn;
  }

  function pathOf(whole: string): string {
    if (whole.endsWith(deleted)) return path(whole.slice(0, -deleted.length)) + deleted;
    const [, prefix, name = ''] = /^(\[anon:|\[anon_shmem:|\/memfd:)(.*)$/s.exec(whole) ?? [];
    if (prefix !== undefined)
      return /^ (Go|glibc): /.test(name) ? whole : `${prefix}${word(name, 'name')}${prefix.startsWith('[') ? ']' : ''}`;
    if (!whole.startsWith('/') || /^\/(SYSV|anon_inode:|secretmem$)/.test(whole)) return whole;
    return whole.split('/').map(partOf).join('/');
  }

  function partOf(part: string): string {
    if (part === '' || knownWords.ofPaths.has(part) || knownLibrary.test(part) || /^[\d.:]+$/.test(part)) return part;
    const [, end = ''] = /(\.so(?:\.[\d.]+)?)$/.exec(part) ?? [];
    return word(part.slice(0, part.length - end.length), end === '' ? 'name' : 'lib') + end;
  }

  function group(whole: string): string {
    return whole.replaceAll(partOfGroup, (part) => {
      if (/^[0-9a-f]{64}$/.test(part)) return numberedLike(part, 64);
      if (/^pod[0-9a-f]{32}$/.test(part)) return `pod${numberedLike(part, 32)}`;
      if (uid.test(part)) return part.replaceAll(/[0-9a-f]/g, '0').slice(0, -12) + numberedLike(part, 12);
      return knownWords.ofGroups.has(part) || /^\d{1,10}$/.test(part) ? part : word(part, 'name');
    });
  }

  function numberedLike(name: string, length: number): string {
    return word(name, '').padStart(length, '0');
  }

  function url(text: string): string {
    if (text.startsWith('unix:')) {
      const [, socket = '', rest = ''] = /^unix:([^:]*)(.*)$/.exec(text) ?? [];
      return `unix:${path(socket)}${rest.startsWith(':') ? `:${path(rest.slice(1))}` : rest}`;
    }
    return text.replace(/^(https?:\/\/)(\[[^\]]*\]|[^/:]*)(:\d+)?(.*)$/, (_, scheme: string, host: string, port = '', rest = '') => {
      const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);
      return `${scheme}${isHere ? host : `${word(host, 'host')}.example`}${port}${path(rest)}`;
    });
  }

  function goFunction(name: string): string {
    const head = name.split(/[[(]/, 1)[0] ?? '';
    const package_ = head.slice(0, head.indexOf('.', head.lastIndexOf('/') + 1) + 1);
    if (knownWords.ofGo.has(package_.split(/[/.]/, 1)[0] ?? '')) return name;
    return `${word(package_, 'package')}.${word(name, 'function')}`;
  }

  function sentence(text: string): string {
    let result = text;
    for (const [original, standIn] of longestFirst(paths)) result = result.replaceAll(original, standIn);
    result = result.replaceAll(/(?:https?:\/\/|unix:)[^\s"',;)]+/g, url);
    result = result.replaceAll(/(?<![\w.:/])\/[^\s"',;:)]+/g, pathOf);
    for (const [original, standIn] of longestFirst(words)) {
      if (original.length > 3 && !knownWords.ofSentences.has(original) && result.includes(original))
        result = result.replaceAll(new RegExp(`(?<![\\w-])${escaped(original)}(?![\\w-])`, 'g'), standIn);
    }
    return result;
  }

  return { word, path, group, url, goFunction, sentence };
}

function longestFirst(names: ReadonlyMap<string, string>): ReadonlyArray<readonly [string, string]> {
  return [...names].sort(([one], [other]) => other.length - one.length);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
