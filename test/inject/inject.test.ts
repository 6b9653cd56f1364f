import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseArguments } from '../../src/cli/arguments.ts';
import { configure } from '../../src/cli/configure.ts';
import { inject, undo } from '../../src/inject/inject.ts';
import { type Loose, objectsIn, podOf, sidecarOf } from './objects.ts';
import { requestOf } from './request.ts';

const kubebuilder = readFileSync(new URL('../fixtures/inject/good/kubebuilder.yaml', import.meta.url), 'utf8');

function injected(text: string, ...flags: readonly string[]): string {
  const { text: after, reports } = inject(text, requestOf(...flags));
  assert.ok(after !== undefined, reports.map(({ detail }) => detail).join('\n'));
  return after;
}

/** The pod of the one workload of a text. */
function pod(text: string): Loose {
  return objectsIn(text).flatMap((object) => podOf(object) ?? [])[0];
}

function sidecar(text: string): Loose {
  return sidecarOf(pod(text));
}

/** A Pod of these containers, in one line. */
function podText(containers: readonly Loose[], spec: Loose = {}, annotations: Loose = {}): string {
  const full = containers.map((each) => ({ image: 'a:1', securityContext: { runAsUser: 7, runAsGroup: 8 }, ...each }));
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', annotations }, spec: { ...spec, containers: full } });
}

function watched(text: string, ...flags: readonly string[]): readonly string[] {
  return sidecar(injected(text, ...flags)).args;
}

test('memgap takes the arguments that the sidecar is given', async () => {
  const file = injected(kubebuilder, '--pprof', 'http://127.0.0.1:6060/debug/pprof', '--port', '9800');
  const args = parseArguments(sidecar(file).args);
  assert.ok(!('message' in args));
  const loaded = await configure(args);
  assert.ok(loaded.ok);
  const [target] = loaded.config.targets;
  assert.equal(target?.name, 'manager');
  assert.equal(target?.go.pprof?.url, 'http://127.0.0.1:6060/debug/pprof');
  assert.deepEqual(target?.process, { by: 'exe', exe: 'manager' });
  assert.deepEqual(args.texts('web.listen-address'), [':9800']);
  assert.deepEqual(sidecar(file).ports, [{ name: 'memgap', containerPort: 9800 }]);
});

test('the sidecar is that of deploy/kubernetes, plain or native', () => {
  const [component] = objectsIn(readFileSync(new URL('../../deploy/kubernetes/components/sidecar/sidecar.yaml', import.meta.url), 'utf8'));
  const { restartPolicy, ...plain } = sidecarOf(component.spec.template);
  const flags = ['--image', 'memgap', '--pprof', 'http://127.0.0.1:6060/debug/pprof'];
  const sorted = (container: Loose) => ({ ...container, args: container.args.toSorted() });
  for (const [expected, ...more] of [[{ ...plain, restartPolicy }], [plain, '--no-native-sidecar']] as const) {
    assert.deepEqual(sorted(sidecar(injected(kubebuilder, ...flags, ...more))), sorted(expected));
  }
});

test("a container's own user and group win over the pod's, one by one", () => {
  const spec = { securityContext: { runAsUser: 1, runAsGroup: 2 } };
  const ids = (securityContext: Loose) => {
    const { runAsUser, runAsGroup } = sidecar(injected(podText([{ name: 'a', securityContext }], spec), '--exe', 'a')).securityContext;
    return [runAsUser, runAsGroup];
  };
  assert.deepEqual(ids({ runAsUser: 3, runAsGroup: 4 }), [3, 4]);
  assert.deepEqual(ids({ runAsUser: 3 }), [3, 2]);
  assert.deepEqual(ids({ runAsGroup: 4 }), [1, 4]);
  assert.deepEqual(ids({}), [1, 2]);
});

test('YAML 1.1 is read as kubectl reads it: 010 is 8, yes is true', () => {
  const text = podText([{ name: 'a' }])
    .replace('"runAsUser":7', '"runAsUser":010')
    .replace('"spec":{', '"spec":{"shareProcessNamespace":yes,');
  const after = injected(text, '--exe', 'a');
  assert.equal(sidecar(after).securityContext.runAsUser, 8);
  assert.equal(after.split('shareProcessNamespace').length, 2);
});

test('the container is that of --container, of the annotation, the only one, or the one that kubectl shows', () => {
  const two = [
    { name: 'a', command: ['/a'] },
    { name: 'b', command: ['/b'] },
  ];
  const shown = { 'kubectl.kubernetes.io/default-container': 'a' };
  const told = { ...shown, 'memgap.dev/container': 'b' };
  assert.deepEqual(watched(podText(two, {}, shown)), ['serve', '--target.name=a', '--target.exe=a']);
  assert.deepEqual(watched(podText(two, {}, told)), ['serve', '--target.name=b', '--target.exe=b']);
  assert.deepEqual(watched(podText(two, {}, told), '--container', 'a'), ['serve', '--target.name=a', '--target.exe=a']);
  const native = { initContainers: [{ ...two[1], restartPolicy: 'Always', securityContext: { runAsUser: 7, runAsGroup: 8 } }] };
  assert.deepEqual(watched(podText([two[0]], native), '--container', 'b').slice(1), ['--target.name=b', '--target.exe=b']);
});

test('the process is that of --exe, of the command, or the one that listens on the port of pprof', () => {
  const pprof = ['--pprof', 'http://localhost:6060/debug/pprof'];
  const process = (command: readonly string[] | undefined, ...flags: string[]) =>
    watched(podText([{ name: 'a', command }]), ...flags).at(-1);
  assert.equal(process(['/usr/bin/op', '-v'], ...pprof), '--target.exe=op');
  assert.equal(process(['/usr/bin/op'], '--exe', '/opt/op'), '--target.exe=/opt/op');
  assert.equal(process(undefined, ...pprof), '--target.port=6060');
  for (const starter of [
    ['sh', '-c', 'op'],
    ['/sbin/tini', '--', 'op'],
    ['$(BIN)'],
    ['/docker-entrypoint.sh', '/op'],
    ['python3.11', 'x'],
  ]) {
    assert.equal(process(starter, ...pprof), '--target.port=6060');
    assert.equal(process(starter, '--exe', 'op', ...pprof), '--target.exe=op');
  }
  const twice = podText([
    { name: 'a', command: ['op'] },
    { name: 'b', command: ['/op'] },
  ]);
  assert.equal(watched(twice, '--container', 'a', ...pprof).at(-1), '--target.port=6060');
});

test('a container must have a name that is text, for the target is named after it', () => {
  for (const name of [5, true, null, undefined]) {
    const { text, reports } = inject(podText([{ name, command: ['/a'] }]), requestOf());
    assert.equal(text, undefined);
    assert.match(reports[0]?.detail ?? '', /no name that is text/);
  }
  assert.deepEqual(watched(podText([{ name: 'on', command: ['/a'] }])).at(1), '--target.name=on');
});

test('kubelet gets no variable to expand in an argument', () => {
  assert.equal(watched(podText([{ name: 'a' }]), '--exe', '$(HOME)$$(x)').at(-1), '--target.exe=$$(HOME)$$$(x)');
});

test('an older sidecar is replaced: its image, its arguments and where it stood', () => {
  const old = injected(kubebuilder, '--image', 'memgap:0.0.1', '--no-native-sidecar', '--prometheus-annotations', '--port', '9800');
  const { text, reports } = inject(old, requestOf());
  assert.equal(text, injected(kubebuilder));
  assert.deepEqual(
    reports.map(({ id, status }) => `${id} ${status}`),
    ['namespace/system untouched', 'deployment/controller-manager updated'],
  );
  assert.equal(inject(injected(kubebuilder), requestOf()).reports[1]?.status, 'unchanged');
});

test('undo leaves what others put beside it since', () => {
  const changed = injected(kubebuilder.replace(/ {6}annotations:\n.*\n/, ''), '--container', 'manager')
    .replace('annotations:\n', 'annotations:\n        kubectl.kubernetes.io/restartedAt: "2024-05-08"\n')
    .replace('      initContainers:\n', '      initContainers:\n      - name: setup\n        image: a:1\n');
  const after = pod(undo(changed, []).text ?? '');
  assert.deepEqual(after.metadata.annotations, { 'kubectl.kubernetes.io/restartedAt': '2024-05-08' });
  assert.deepEqual(after.spec.initContainers, [{ name: 'setup', image: 'a:1' }]);
  assert.equal(after.spec.shareProcessNamespace, undefined);
});

test('undo leaves a shareProcessNamespace and a label that were there', () => {
  const before = kubebuilder
    .replace('      containers:\n', '      shareProcessNamespace: true\n      containers:\n')
    .replace('      labels:\n        control', '      labels:\n        memgap.dev/mode: sidecar\n        control');
  const after = injected(before);
  assert.equal(undo(after, []).text, before);
  assert.equal(pod(after).spec.shareProcessNamespace, true);
});

test('undo leaves a shareProcessNamespace that says something else by now', () => {
  const changed = injected(kubebuilder).replace('shareProcessNamespace: true', 'shareProcessNamespace: false');
  const after = pod(undo(changed, []).text ?? '');
  assert.equal(after.spec.shareProcessNamespace, false);
  assert.equal(after.spec.initContainers, undefined);
});

test('undo is refused where an alias elsewhere means an anchor that someone put into the sidecar', () => {
  const anchored = injected(kubebuilder).replace('image: memgap:0.1.0', 'image: &img memgap:0.1.0');
  assert.equal(undo(anchored, []).text, kubebuilder);
  const within = anchored.replace('name: POD_NAME', 'name: *img');
  assert.equal(undo(within, []).text, kubebuilder);

  const used = anchored.replace('image: controller:latest', 'image: *img');
  assert.notEqual(used, anchored);
  const rebound = used.replace('kind: Namespace', 'kind: &img Namespace').replace('kind: Deployment', 'kind: &img Deployment');
  for (const text of [used, rebound]) {
    for (const outcome of [undo(text, []), inject(text, requestOf())]) {
      assert.equal(outcome.text, undefined);
      assert.match(outcome.reports.at(-1)?.detail ?? '', /an alias elsewhere/);
    }
  }
});

test('undo takes no container that merely bears the name', () => {
  const text = podText([{ name: 'memgap' }]);
  assert.equal(undo(text, []).text, text);
});

test('a workload with memgap.dev/inject: disabled stays as it is, be it said on the pod or on the workload', () => {
  const onPod = kubebuilder.replace('      annotations:\n', '      annotations:\n        memgap.dev/inject: disabled\n');
  const onWorkload = kubebuilder.replace('  namespace: system\n', '  namespace: system\n  annotations: {memgap.dev/inject: disabled}\n');
  for (const text of [onPod, onWorkload]) {
    const outcome = inject(text, requestOf());
    assert.equal(outcome.text, text);
    assert.match(outcome.reports[1]?.detail ?? '', /memgap.dev\/inject: disabled/);
  }
  assert.equal(undo(onPod.replace(': disabled', ': enabled'), []).reports[1]?.status, 'untouched');
});

test('--workload names which, by name or by kind and name; the others are not even looked at', () => {
  const two = `${podText([{ name: 'a', command: ['a'] }])}\n---\n${kubebuilder}`;
  const changedBy = (...only: readonly string[]) =>
    inject(two, requestOf(...only.flatMap((name) => ['--workload', name])))
      .reports.filter(({ status }) => status === 'injected')
      .map(({ id }) => id);
  assert.deepEqual(changedBy(), ['pod/p', 'deployment/controller-manager']);
  assert.deepEqual(changedBy('p'), ['pod/p']);
  assert.deepEqual(changedBy('Deployment/controller-manager'), ['deployment/controller-manager']);
  assert.deepEqual(changedBy('pod/p', 'controller-manager'), ['pod/p', 'deployment/controller-manager']);

  const whole = injected(two);
  assert.equal(undo(whole, ['p']).text, injected(two, '--workload', 'controller-manager'));
});

test('what is refused says where it stands in the text that was given, also when an older sidecar stands before it', () => {
  const text = `${injected(kubebuilder)}---\n${podText([{ name: 'a' }])}\n`;
  const report = inject(text, requestOf()).reports.at(-1);
  assert.equal(report?.status, 'refused');
  assert.equal(report?.line, text.split('\n').length - 1);
});

test('a list with an anchor that nothing added to stays as it is, and does not stand in the way of undo', () => {
  const text = `${readFileSync(new URL('../fixtures/inject/refused/alias-as-template.yaml', import.meta.url), 'utf8')}`;
  const outcome = undo(text, []);
  assert.equal(outcome.text, text);
});
