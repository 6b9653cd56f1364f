import { type Addresses, addressLines, type Kind, pathsOf, type TargetAddress, usualAddress } from './address.ts';
import type { Remedy } from './check.ts';
import type { Failure } from './checks.ts';

/** Pure: what makes an address answer, by the reason of its failure and the kind of the source; the lines name the target's own address. */
export function endpointRemedy({ source, reason, detail }: Failure, addresses: Addresses): Remedy | undefined {
  const kind = source.startsWith('pprof') ? 'pprof' : source === 'expvar' ? 'expvar' : 'metrics';
  const address = addresses[kind] ?? usualAddress(kind);
  if (reason === 'unauthorized' && detail.includes('certificate')) return shown(kind, address);
  if (reason === 'unauthorized') return authorized(kind, address, detail.includes('HTTP 403'));
  if (reason === 'unreachable' && detail.includes("server's certificate")) return trusted(kind, address);
  if (reason === 'unreachable') return served(kind);
  if (reason === 'not-found') return atPath(kind);
  if (reason === 'timeout')
    return { name: 'timeout', title: 'give it more time', mends, snippets: [{ where: "memgap's config", lines: ['poll_timeout: 10s'] }] };
  if (reason === 'too-large')
    return {
      name: 'too-large',
      title: 'read more of it',
      mends,
      snippets: [{ where: "memgap's config", lines: ['body_size_limit: 256MiB'] }],
    };
  if (reason === 'unsupported' || reason === 'malformed')
    return {
      name: `other-${kind}`,
      title: `point it at ${pages[kind]}`,
      mends,
      snippets: [{ where: 'the command line of memgap', lines: [flags[kind]] }],
    };
  return undefined;
}

const mends = ['endpoint'] as const;

const pages = {
  pprof: 'the index page of net/http/pprof',
  expvar: 'the page of expvar',
  metrics: 'a page of client_golang with go_memstats_*',
} satisfies Record<Kind, string>;

const flags = {
  pprof: '--target.pprof=http://127.0.0.1:6060/debug/pprof',
  expvar: '--target.expvar=http://127.0.0.1:6060/debug/vars',
  metrics: '--target.metrics=http://127.0.0.1:8080/metrics',
} satisfies Record<Kind, string>;

function served(kind: Kind): Remedy {
  const options = { pprof: 'PprofBindAddress: "127.0.0.1:6060",', metrics: 'Metrics: metricsserver.Options{BindAddress: ":8080"},' };
  const imports = {
    pprof: '_ "net/http/pprof"',
    expvar: '_ "expvar"',
    metrics: '"github.com/prometheus/client_golang/prometheus/promhttp"',
  };
  return {
    name: `serve-${kind}`,
    title: `let the program serve ${pages[kind]} where memgap looks, or mend the address`,
    mends,
    snippets: [
      ...(kind === 'expvar' ? [] : [{ where: "a controller-runtime operator's ctrl.Options", lines: [options[kind]] }]),
      {
        where: 'any other Go program',
        lines: [
          `import ${imports[kind]}`,
          ...(kind === 'metrics' ? ['http.Handle("/metrics", promhttp.Handler())'] : []),
          `go http.ListenAndServe("127.0.0.1:${kind === 'metrics' ? 8080 : 6060}", nil)`,
        ],
      },
    ],
  };
}

function atPath(kind: Kind): Remedy {
  return {
    name: `path-${kind}`,
    title: `mend the path: this is where ${pages[kind]} is`,
    mends,
    snippets: [{ where: 'the command line of memgap', lines: [flags[kind]] }],
  };
}

/** controller-runtime's own certificate has no authority, and is made anew at each start: on the loopback, nobody is on the way. */
function trusted(kind: Kind, { url, tls }: TargetAddress): Remedy {
  const { insecure_skip_verify: _, ...named } = { ca_file: '/path/ca.crt', server_name: 'NAME.NAMESPACE.svc', ...tls };
  return {
    name: `tls-${kind}`,
    title: "name the certificate authority, and the name that the server's certificate has",
    mends,
    snippets: [
      { where: inConfig(kind), lines: addressLines({ url, tls: named }) },
      {
        where: `${inConfig(kind)}, instead: for a certificate that the program makes itself, on the loopback only`,
        lines: addressLines({ url, tls: { insecure_skip_verify: true } }),
      },
    ],
  };
}

function shown(kind: Kind, { url, tls }: TargetAddress): Remedy {
  return {
    name: `client-certificate-${kind}`,
    title: 'show a certificate that the server accepts',
    mends,
    snippets: [
      {
        where: inConfig(kind),
        lines: addressLines({ url, tls: { cert_file: '/path/client.crt', key_file: '/path/client.key', ...tls } }),
      },
    ],
  };
}

/** controller-runtime's metrics filter and kube-rbac-proxy ask the API whether the token's owner may `get` the path. */
function authorized(kind: Kind, address: TargetAddress, known: boolean): Remedy {
  const lines = addressLines(address);
  const token = '/var/run/secrets/kubernetes.io/serviceaccount/token';
  return {
    name: `authorize-${kind}`,
    title: known ? 'let the owner of the credentials get this page' : 'give memgap credentials for it',
    mends,
    snippets: [
      { where: inConfig(kind), on: 'kubernetes', lines: [...lines, 'authorization:', `  credentials_file: ${token}`] },
      {
        where: "a ClusterRole, bound to the pod's service account",
        on: 'kubernetes',
        lines: ['rules:', `  - nonResourceURLs: [${pathsOf(kind, address).join(', ')}]`, '    verbs: [get]'],
      },
      {
        where: `${inConfig(kind)}, where it asks for a password`,
        on: 'host',
        lines: [...lines, 'basic_auth:', '  username: NAME', '  password_file: /path/password'],
      },
      {
        where: `${inConfig(kind)}, where it asks for a token`,
        on: 'host',
        lines: [...lines, 'authorization:', '  credentials_file: /path/token'],
      },
    ],
  };
}

function inConfig(kind: Kind): string {
  return `memgap's config, at go.${kind} of the target`;
}
