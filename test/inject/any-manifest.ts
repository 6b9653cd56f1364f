import fc from 'fast-check';
import { stringify } from 'yaml';

/** How one optional field of a manifest may be written; the words below the keys of a block are whole lines without indentation. */
const someMap = fc.constantFrom('absent', 'bare', 'comment', 'empty', 'spaced', 'flow', 'block', 'quoted');
const someList = fc.constantFrom('absent', 'bare', 'empty', 'spaced', 'flow', 'block', 'scalar', 'kept', 'commented');

const shape = fc.record({
  kind: fc.constantFrom('Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'),
  annotations: someMap,
  labels: someMap,
  metadata: fc.constantFrom('absent', 'bare', 'flow', 'block'),
  initContainers: someList,
  lastContainer: fc.constantFrom('plain', 'scalar', 'kept', 'commented', 'flow'),
  sharing: fc.constantFrom('', 'shareProcessNamespace: true', 'shareProcessNamespace:   yes # as it was'),
  containersFirst: fc.boolean(),
  dash: fc.constantFrom(0, 2, 4),
  indent: fc.constantFrom(2, 3, 4, 8),
  noise: fc.constantFrom('', '# a comment', '', '    # deeper'),
  lineBreak: fc.constantFrom('\n', '\r\n'),
  end: fc.constantFrom('', '\n', '\n\n', '\n# the end\n', '\n...\n'),
  head: fc.constantFrom('', '---\n', '# head\n---\n', '\ufeff', '%YAML 1.1\n---\n'),
  inList: fc.boolean(),
});

type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;

/** A workload to which the sidecar can be added, in any of the styles that people and programs write. */
export const anyManifest: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: shape.map(yamlOf) },
  { weight: 1, arbitrary: fc.tuple(shape, fc.constantFrom(0, 1, 2, 4)).map(([each, indent]) => jsonOf(each, indent)) },
  { weight: 1, arbitrary: fc.tuple(shape, fc.boolean()).map(([each, indentSeq]) => stringify(objectOf(each), { indentSeq })) },
);

/** What may stand before a field's name, which then is not where its mapping starts; and a last field in braces without a value. */
const oddities: ReadonlyArray<readonly [field: RegExp, odd: string]> = [
  [/^(\s*(?:- )?)("?[a-zA-Z]+"?:)/, '$1&key $2'],
  [/^(\s*(?:- )?)("?[a-zA-Z]+"?:)/, '$1!!str $2'],
  [/^(\s*)- ("?[a-zA-Z]+"?):(?=\s|$)/, '$1- ? $2\n$1  :'],
  [/^(\s*)("?[a-zA-Z]+"?):(?=\s|$)/, '$1? $2\n$1:'],
  [/(\w[^{}]*?)(?: , )?\}/, '$1, last: }'],
];

/** A workload with one part that is YAML and that hardly anybody writes so: the sidecar can be added to it, or that is refused. */
export const oddManifest: fc.Arbitrary<string> = fc
  .tuple(shape, fc.constantFrom(...oddities), fc.nat())
  .map(([each, [field, odd], which]) => {
    const lines = yamlOf(each).split('\n');
    const places = lines.flatMap((line, index) => (field.test(line) ? [index] : []));
    const place = places[which % places.length];
    return lines.map((line, index) => (index === place ? line.replace(field, odd) : line)).join('\n');
  });

/** Any other document, even one that looks like a workload. */
export const otherDocument: fc.Arbitrary<string> = fc.constantFrom(
  '# nothing but a comment',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  pod.yaml: |+\n    kind: Pod\n    spec: {}\n\n# end',
  '{"kind":   "Secret", "apiVersion": "v1", "metadata": {"name": "x"}, "data": {"k": "dg=="}}',
  'apiVersion: batch.example.org/v1\nkind: Job\nspec: {template: {spec: {containers: [{name: a}]}}}',
  '- just\n-   a: list   \n- &x !tag "of things"\n- *x',
  'text   ',
);

const metadataLines: Readonly<Record<string, (indent: string, key: string) => readonly string[]>> = {
  absent: () => [],
  bare: (_, key) => [`${key}:`],
  comment: (_, key) => [`${key}:   # none as yet`],
  empty: (_, key) => [`${key}: {}`],
  spaced: (_, key) => [`${key}:   { } # none`],
  flow: (_, key) => [`${key}: {a: b, "c": 'd' , }`],
  block: (indent, key) => [`${key}: # some`, `${indent}# the first`, `${indent}a: b`, '', `${indent}c: "d"`],
  quoted: (indent, key) => [`"${key}":`, `${indent}a: >-`, `${indent}  folded`, `${indent}  text`],
};

function yamlOf(each: Shape): string {
  const path = pathOf(each.kind);
  const step = ' '.repeat(each.indent);
  let lines = [...podLines(each, step)];
  if (each.kind === 'Pod') lines = [`metadata:`, `${step}name: web`, ...lines];
  for (const key of path.toReversed()) lines = [`${key}:`, ...lines.map((line) => indented(step, line))];
  if (each.kind !== 'Pod') lines = ['metadata:', `${step}name: web`, ...selected(each, lines, step)];
  lines = [`apiVersion: ${versionOf(each.kind)}`, `kind: ${each.kind}`, ...lines];
  if (each.inList) {
    lines = ['apiVersion: v1', 'kind: List', 'items:', ...lines.map((line, index) => (index === 0 ? `- ${line}` : indented('  ', line)))];
  }
  return (each.head + lines.join('\n') + each.end).replaceAll('\n', each.lineBreak);
}

/** The fields that the schema asks for beside the template. */
function selected(each: Shape, lines: readonly string[], step: string): readonly string[] {
  const [spec = '', ...rest] = lines;
  if (each.kind === 'Job') return lines;
  const more = each.kind === 'CronJob' ? ['schedule: "* * * * *"'] : ['selector: {matchLabels: {a: b}}'];
  if (each.kind === 'StatefulSet') more.push('serviceName: web');
  return [spec, ...more.map((line) => step + line), ...rest];
}

function podLines(each: Shape, step: string): readonly string[] {
  const inner = (lines: readonly string[]) => lines.map((line) => indented(step, line));
  const metadata =
    each.kind === 'Pod'
      ? inner([...(metadataLines[each.annotations]?.(step, 'annotations') ?? []), ...(metadataLines[each.labels]?.(step, 'labels') ?? [])])
      : templateMetadata(each, step);
  const containers = ['containers:', ...itemLines(each.lastContainer, 'web', each.dash)];
  const others = [
    ...(each.noise === '' ? [] : [each.noise, '']),
    ...(each.sharing === '' ? [] : [each.sharing]),
    ...initLines(each),
    'securityContext: {runAsUser: 1000, runAsGroup: 2000}',
  ];
  return [...metadata, 'spec: # of the pod', ...inner(each.containersFirst ? [...containers, ...others] : [...others, ...containers])];
}

function templateMetadata(each: Shape, step: string): readonly string[] {
  if (each.metadata === 'absent') return [];
  if (each.metadata === 'bare') return ['metadata:'];
  if (each.metadata === 'flow') return ['metadata: {labels: {a: b}, creationTimestamp: null}'];
  const lines = [
    ...(metadataLines[each.annotations]?.(step, 'annotations') ?? []),
    ...(metadataLines[each.labels]?.(step, 'labels') ?? []),
  ];
  return ['metadata:', ...[...lines, 'creationTimestamp: null'].map((line) => indented(step, line))];
}

function initLines({ initContainers, dash }: Shape): readonly string[] {
  switch (initContainers) {
    case 'absent':
      return [];
    case 'bare':
      return ['initContainers:'];
    case 'empty':
      return ['initContainers: []'];
    case 'spaced':
      return ['initContainers: [ ] # none'];
    case 'flow':
      return ['initContainers: [{name: setup, image: "a:1"}, ]'];
    default:
      return ['initContainers:', ...itemLines(initContainers, 'setup', dash)];
  }
}

/** A list of one container, which ends in one of the ways that are hard to write behind. */
function itemLines(style: string, name: string, dash: number): readonly string[] {
  const head = [`- name: ${name}`, '  image: "a:1"'];
  const ends: Readonly<Record<string, readonly string[]>> = {
    scalar: ['  args:', '    - |', '      text', '      # not a comment', ''],
    kept: ['  command:', '    - |+', '      text', '', ''],
    commented: ['  args: [x] # one', '  # - of the item', '', '    # - as well', '', '# of what follows'],
    flow: ['  args: [', '    a, # first', '    b', '  ]'],
    plain: ['  workingDir: a', '    b', '    c'],
  };
  return [...head, ...(ends[style] ?? [])].map((line) => indented(' '.repeat(dash), line));
}

function indented(by: string, line: string): string {
  return line === '' ? '' : by + line;
}

function jsonOf(each: Shape, indent: number): string {
  return JSON.stringify(objectOf(each), null, indent) + (each.end === '\n' ? '\n' : '');
}

function objectOf(each: Shape): unknown {
  const map = (style: string) => (style === 'absent' ? undefined : style === 'empty' ? {} : { a: 'b' });
  const pod = {
    metadata:
      each.kind === 'Pod'
        ? { name: 'web', annotations: map(each.annotations), labels: map(each.labels) }
        : each.metadata === 'absent'
          ? undefined
          : { annotations: map(each.annotations), labels: map(each.labels) },
    spec: {
      ...(each.sharing !== '' && { shareProcessNamespace: true }),
      containers: [{ name: 'web', image: 'a:1', securityContext: { runAsUser: 1000, runAsGroup: 2000 } }],
      ...(each.initContainers !== 'absent' && { initContainers: each.initContainers === 'empty' ? [] : [{ name: 'setup', image: 'a:1' }] }),
    },
  };
  const base = { apiVersion: versionOf(each.kind), kind: each.kind };
  const whole = each.kind === 'Pod' ? { ...base, ...pod } : { ...base, metadata: { name: 'web' }, ...nested(each.kind, pod) };
  return each.inList ? { apiVersion: 'v1', kind: 'List', items: [whole] } : whole;
}

function nested(kind: string, pod: unknown): object {
  if (kind === 'CronJob') return { spec: { schedule: '* * * * *', jobTemplate: { spec: { template: pod } } } };
  const selector = kind === 'Job' ? {} : { selector: { matchLabels: { a: 'b' } }, ...(kind === 'StatefulSet' && { serviceName: 'web' }) };
  return { spec: { ...selector, template: pod } };
}

function pathOf(kind: string): readonly string[] {
  return kind === 'Pod' ? [] : kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template'] : ['spec', 'template'];
}

function versionOf(kind: string): string {
  return kind === 'Pod' ? 'v1' : ['Job', 'CronJob'].includes(kind) ? 'batch/v1' : 'apps/v1';
}
