import { parsePod, parsePodPage } from '../../../src/discovery/kubernetes/pod.ts';
import { containerIdentity } from '../../../src/kernel/cgroup/container-identity.ts';
import { Broken, type Kind } from '../kind.ts';
import { mutated, numbers } from '../mutate.ts';
import { sound } from '../properties.ts';
import type { Random } from '../random.ts';

const ids = ['a'.repeat(64), '0123456789abcdef'.repeat(4), 'g'.repeat(64), 'a'.repeat(63), ''];
const uids = ['00000000-0000-0000-0000-000000000001', 'f'.repeat(32), 'x', ''];
const names = ['web-0', 'a.b', 'A', '-', '\u202e', 'x'.repeat(300), '', 'kube-system'];

function pod(random: Random): object {
  const odd = (value: unknown) => (random.chance(90) ? value : random.pick([null, 7, [], {}, '']));
  return {
    kind: 'Pod',
    metadata: odd({
      namespace: odd(random.pick(names)),
      name: odd(random.pick(names)),
      uid: odd(random.pick(uids)),
      annotations: odd({ 'kubernetes.io/config.hash': random.pick(uids) }),
    }),
    status: odd({
      podIP: odd(random.pick(['10.0.0.1', '::1', '1', ...numbers])),
      podIPs: odd([{ ip: random.pick(['10.0.0.2', 'x']) }]),
      containerStatuses: odd(
        Array.from({ length: random.below(4) }, () =>
          odd({ name: random.pick(names), containerID: `${random.pick(['containerd', 'docker', 'x y'])}://${random.pick(ids)}` }),
        ),
      ),
    }),
  };
}

const pods: Kind = {
  name: 'pods',
  extension: 'json',
  weight: 40,
  make(random) {
    const list = {
      kind: random.pick(['PodList', 'PartialObjectMetadataList']),
      metadata: { continue: random.pick(names) },
      items: Array.from({ length: random.below(5) }, () => pod(random)),
    };
    const text = Buffer.from(JSON.stringify(random.chance(50) ? list : pod(random)));
    return random.chance(60) ? text : mutated(text, random);
  },
  check(input) {
    const text = input.toString();
    const [page, one] = [parsePodPage(text), parsePod(text)];
    for (const reading of [page, one]) sound(reading);
    for (const { namespace, name, uids: known } of [...(page.ok ? page.value.pods : []), ...(one.ok ? [one.value] : [])]) {
      if (/[^a-z0-9.-]/.test(namespace + name) || (namespace + name).length > 316) throw new Broken(`the pod ${namespace}/${name}`);
      for (const uid of known) if (!/^[0-9a-f-]{32,36}$/.test(uid)) throw new Broken(`the uid ${uid}`);
    }
    if (one.ok)
      for (const [id, name] of one.value.containers)
        if (!/^[0-9a-f]{64}$/.test(id) || !/^[a-z0-9-]{1,63}$/.test(name)) throw new Broken(`the container ${id} ${name}`);
  },
};

const identity: Kind = {
  name: 'container-identity',
  extension: 'txt',
  weight: 30,
  make(random) {
    const part = () =>
      random.pick([
        'kubepods.slice',
        'kubepods',
        'burstable',
        `kubepods-burstable-pod${random.pick(uids).replaceAll('-', '_')}.slice`,
        `pod${random.pick(uids)}`,
        `cri-containerd-${random.pick(ids)}.scope`,
        random.pick(ids),
        `docker-${random.pick(ids)}.scope`,
        '..',
        ...names,
      ]);
    const path = Buffer.from(`/${Array.from({ length: random.below(7) }, part).join('/')}`);
    return random.chance(70) ? path : mutated(path, random);
  },
  check(input) {
    const path = input.toString();
    for (const [field, value] of Object.entries(containerIdentity(path))) {
      if (typeof value !== 'string' || field === 'qos') continue; // no word for it in the path is one
      if (!path.replaceAll('_', '-').includes(value.replaceAll('_', '-'))) throw new Broken(`${field} ${value} is not in the path`);
    }
  },
};

/** What tells the pods of a node. */
export const kubernetesKinds: readonly Kind[] = [pods, identity];
