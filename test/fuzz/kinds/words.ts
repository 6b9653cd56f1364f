import { parseArguments } from '../../../src/cli/arguments.ts';
import { commands } from '../../../src/cli/commands.ts';
import { parseAddress, redactAddress } from '../../../src/config/endpoint-address.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { formatProblem } from '../../../src/config/problem.ts';
import { fits } from '../../../src/discovery/glob.ts';
import { inject, undo } from '../../../src/inject/inject.ts';
import { parseCondition } from '../../../src/loadtest/condition.ts';
import { formatBytes, formatDuration, parseBytes, parseDuration } from '../../../src/model/units.ts';
import { parseListenAddresses } from '../../../src/serve/http/listen.ts';
import { acceptedBy } from '../../../src/serve/metrics/accept.ts';
import { requestOf } from '../../inject/request.ts';
import { Broken, type Kind } from '../kind.ts';
import { mutated, numbers } from '../mutate.ts';
import { same, showable } from '../properties.ts';
import { recordedFiles } from '../recorded.ts';

const configs = recordedFiles('config', /\.yml$/, 4000);
const secret = /secret-7f3a|73571113/;

const config: Kind = {
  name: 'config',
  extension: 'yml',
  weight: 45,
  make: (random) => mutated(random.pick(configs), random, random.pick(configs)),
  check(input) {
    const result = parseConfig(input.toString(), '/nonexistent/memgap.yml');
    if (result.ok) return;
    if (result.problems.length === 0 || result.problems.length > 20) throw new Broken(`${result.problems.length} problems`);
    const lines = input.toString().split('\n').length;
    for (const problem of result.problems) {
      showable(formatProblem(problem), 'a problem');
      if ((problem.line ?? 1) < 1 || (problem.line ?? 1) > lines + 1) throw new Broken(`line ${problem.line} of ${lines}`);
    }
  },
};

/** A configuration with one secret, in a place that is a secret's, and mistakes around it. */
const secrets: Kind = {
  name: 'config-secret',
  extension: 'yml',
  weight: 15,
  make(random) {
    const odd = (text: string) => (random.chance(80) ? text : random.pick(['', `${text}x`, `[${text}]`, `{a: ${text}}`, '7', '*a']));
    const text = `targets:\n  - name: ${odd('a')}\n    go: {pprof: ${odd('"http://127.0.0.1/"')}}\n    ${odd('basic_auth')}:\n      ${odd('username')}: ${odd('u')}\n      ${random.pick(['password', 'password_file', 'passwort', 'x'])}: ${odd('secret-7f3a')}\n    ${random.pick(['authorization: {credentials: 73571113}', 'authorization: {credentials_file: secret-7f3a}', ''])}\n`;
    return Buffer.from(text);
  },
  check(input) {
    const result = parseConfig(input.toString(), '/nonexistent/memgap.yml');
    if (!result.ok)
      for (const problem of result.problems)
        if (secret.test(formatProblem(problem))) throw new Broken(`a secret: ${formatProblem(problem)}`);
  },
};

const manifests = recordedFiles('inject', /good.*\.(?:ya?ml|json)$/, 20_000);
const request = requestOf('--run-as', '1:1', '--pprof', 'http://127.0.0.1:6060/debug/pprof');

const manifest: Kind = {
  name: 'inject',
  extension: 'yaml',
  weight: 12,
  make: (random) => (random.chance(20) ? random.pick(manifests) : mutated(random.pick(manifests), random, random.pick(manifests))),
  check(input) {
    const text = input.toString();
    const { text: injected, reports } = inject(text, request);
    for (const { detail, id } of reports) showable(`${id} ${detail}`, 'a report');
    if (injected === undefined) return;
    const cleared = undo(text, []).text;
    if (cleared !== undefined) same(undo(injected, []).text, cleared, 'what undo gives back');
    same(inject(injected, request).text, injected, 'injected once more');
  },
};

const sizes = ['', 'B', 'KB', 'KiB', 'MiB', 'GiB', 'ms', 's', 'm', 'h', 'd', 'w', 'y', ' MiB', 'kb', 'm30s'];

const units: Kind = {
  name: 'units',
  extension: 'txt',
  weight: 30,
  make: (random) =>
    Buffer.from(
      `${random.pick([...numbers, String(random.below(2 ** 31))])}${random.pick(sizes)}${random.chance(80) ? '' : random.pick(sizes)}`,
    ),
  check(input) {
    const text = input.toString();
    const [size, duration] = [parseBytes(text), parseDuration(text)];
    if (size !== undefined && (!Number.isSafeInteger(size) || size < 0)) throw new Broken(`${text} is ${size} bytes`);
    if (duration !== undefined && (!Number.isSafeInteger(duration) || duration < 0)) throw new Broken(`${text} is ${duration} ms`);
    if (size !== undefined && /^\d+$/.test(text)) same(size, Number(text), 'bytes');
    for (const shown of [formatBytes(size ?? 0), formatDuration(duration ?? 0)])
      if (/NaN|undefined|Infinity|e\+/.test(shown)) throw new Broken(`${text} is shown as ${shown}`);
    const condition = parseCondition(`growth c_malloc > ${text}/cycle`);
    if ('problem' in condition) showable(condition.problem, 'what is wrong with a condition');
  },
};

/** A pattern and a text, a line each. */
const glob: Kind = {
  name: 'glob',
  extension: 'txt',
  weight: 30,
  make(random) {
    const text = (letters: readonly string[], most: number) =>
      Array.from({ length: random.below(most) }, () => random.pick(letters)).join('');
    return Buffer.from(`${text(['*', '*', '?', 'a', 'b', '/'], 12)}\n${text(['a', 'b', '/', '*', '.'], 20)}`);
  },
  check(input) {
    const [pattern = '', text = ''] = input.toString().split('\n');
    same(fits(pattern, text), fitsSlowly(pattern, text), `${pattern} and ${text}`);
  },
};

/** The same by its definition, for short patterns. */
function fitsSlowly(pattern: string, text: string): boolean {
  let ends = new Set([0]);
  for (const wanted of pattern) {
    const next = new Set<number>();
    for (const at of ends) {
      if (wanted === '*') for (let end = at; end <= text.length; end += 1) next.add(end);
      else if (at < text.length && (wanted === '?' || wanted === text[at])) next.add(at + 1);
    }
    ends = next;
  }
  return ends.has(text.length);
}

const hosts = ['127.0.0.1', '[::1]', 'localhost', 'user:pw@h', 'h h', '', 'x'.repeat(300), '0x7f.1', '[::', '\u202e', '例え.jp'];

/** An address, as a person or a header has it. */
const address: Kind = {
  name: 'address',
  extension: 'txt',
  weight: 30,
  make(random) {
    const port = () => random.pick(['', ':80', ':0', ':65536', ...numbers.map((number) => `:${number}`)]);
    const path = () => random.pick(['', '/', '/debug/pprof', '/a?token=s3cret', '/#x', '/../..', '/\t', '//']);
    const text = random.pick([
      `${random.pick(['http', 'https', 'HTTP', 'ftp', ''])}://${random.pick(hosts)}${port()}${path()}`,
      `unix:${path()}:${path()}`,
      `unix:/${'s'.repeat(random.pick([10, 107, 108]))}:/x`,
      `${random.pick(hosts)}${port()}`,
    ]);
    return random.chance(80) ? Buffer.from(text) : mutated(Buffer.from(text), random);
  },
  check(input) {
    const text = input.toString();
    const result = parseAddress(text);
    if (result.ok && !/^https?:\/\//.test(result.value.url)) throw new Broken(`the URL ${result.value.url}`);
    if (result.ok && /[@?#\s]/.test(new URL(result.value.url).host + (result.value.url.split('?')[1] ?? '')))
      throw new Broken(`the URL ${result.value.url}`);
    const shown = redactAddress(text);
    if (/[?#]|:pw@/.test(shown)) throw new Broken(`a secret in ${shown}`);
    const listen = parseListenAddresses([text]);
    if ('message' in listen) showable(listen.message, 'what is wrong with an address');
    else for (const { port } of listen) if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) throw new Broken(`the port ${port}`);
    for (const { weight } of acceptedBy(text)) if (!(weight > 0 && weight <= 1)) throw new Broken(`the weight ${weight}`);
  },
};

const accept: Kind = {
  name: 'accept',
  extension: 'txt',
  weight: 15,
  make(random) {
    const entry = () =>
      `${random.pick(['text/plain', '*/*', 'application/openmetrics-text', '', 'a"b'])}${random.pick(['', ';version=1.0.0', ';version="0.0.4"', ';q', ';;'])}${random.chance(60) ? `;q=${random.pick(['0', '0.5', '1', ...numbers])}` : ''}`;
    return mutated(Buffer.from(Array.from({ length: random.below(8) }, entry).join(random.pick([',', ', ', ' ,']))), random);
  },
  check(input) {
    let last = 1;
    for (const { value, weight } of acceptedBy(input.toString())) {
      if (value === '' || !(weight > 0 && weight <= last)) throw new Broken(`${value} weighs ${weight} behind ${last}`);
      last = weight;
    }
  },
};

const flags = [
  '--config.file',
  '--target.pid',
  '--target.pprof',
  '--poll.interval=1s',
  '--help',
  '-h',
  '--version',
  '--',
  '-f',
  '--fail-if',
  '--web.listen-address',
  '--log.level',
  '--process.memory-reads',
  '--undo',
];

/** A command line, a word a line. */
const commandLine: Kind = {
  name: 'arguments',
  extension: 'txt',
  weight: 30,
  make(random) {
    const word = () =>
      random.pick([
        random.pick(flags),
        random.pick(Object.keys(commands)),
        random.pick(numbers),
        random.pick(hosts),
        `--x${random.pick(numbers)}`,
        '__proto__',
        '--__proto__=1',
        '-',
        'http://u:pw@h/',
      ]);
    return Buffer.from(Array.from({ length: random.below(7) }, word).join('\n'));
  },
  check(input) {
    const words = input.length === 0 ? [] : input.toString().split('\n');
    const args = parseArguments(words);
    if ('message' in args) {
      showable(args.message, 'what is wrong with a command line');
      if (/:pw@/.test(args.message)) throw new Broken(`a password: ${args.message}`);
      return;
    }
    if (!Object.hasOwn(commands, args.command)) throw new Broken(`the command ${args.command}`);
    for (const positional of args.positionals) if (!words.includes(positional)) throw new Broken(`the word ${positional}`);
  },
};

/** What persons write: files, flags and headers. */
export const wordKinds: readonly Kind[] = [config, secrets, manifest, units, glob, address, accept, commandLine];
