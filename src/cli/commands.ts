/** The commands by name. */
export type CommandName = 'serve' | 'explain' | 'record' | 'doctor' | 'inject' | 'loadtest' | 'check-config';

/** One command: what its help and docs/cli.md say of it. */
interface Command {
  readonly usage: string;
  /** A clause that `memgap --help` lists. */
  readonly summary: string;
  /** When the exit status is 1: see io.ts. */
  readonly fails: string;
  readonly examples: readonly string[];
}

/** The commands, as `memgap --help` lists them. */
export const commands: Readonly<Record<CommandName, Command>> = {
  serve: {
    usage: 'memgap [serve] [flags]',
    summary: 'run the exporter: poll the targets, serve /metrics and /explain (the default)',
    fails: "the config file is wrong, or memgap can't listen on an address",
    examples: ['memgap --target.pprof http://127.0.0.1:6060/debug/pprof --target.port 6060', 'memgap serve --config.file memgap.yml'],
  },
  explain: {
    usage: 'memgap explain [PID | URL | NAME | FILE] [flags]',
    summary:
      'take one snapshot and show where the memory is; without a target: of the only Go program in sight; or show that of a file of memgap record',
    fails: 'nothing could be read of the target, the file is no record or damaged, or the config file is wrong',
    examples: [
      'memgap explain 4711',
      'memgap explain http://127.0.0.1:6060/debug/pprof',
      'memgap explain --config.file memgap.yml operator --json',
    ],
  },
  record: {
    usage: 'memgap record [PID | URL | NAME] -o FILE [flags]',
    summary:
      'write what some polls read to a file, without secrets: memgap explain FILE shows it anywhere and at any time; for bug reports',
    fails: "nothing could be read of the target, the file can't be written, or the config file is wrong",
    examples: [
      'memgap record 4711 -o operator.memgap',
      'memgap record http://127.0.0.1:6060/debug/pprof --anonymize -o bug.memgap && memgap explain bug.memgap',
      'kubectl exec operator-0 -c memgap -- memgap record --anonymize -o /dev/stdout > bug.memgap',
    ],
  },
  doctor: {
    usage: 'memgap doctor [PID | URL | NAME] [flags]',
    summary: "say what can be read here, what can't and why, and which lines mend it",
    fails: 'not all that was asked for can be read, or the config file is wrong',
    examples: [
      'memgap doctor 4711',
      'memgap doctor --target.exe manager --target.pprof http://127.0.0.1:6060/debug/pprof',
      'memgap doctor --config.file memgap.yml',
    ],
  },
  inject: {
    usage: 'memgap inject -f FILE [flags]',
    summary: "add memgap as a sidecar to a workload's manifest (YAML or JSON), and print it; what was done goes to standard error",
    fails: "the manifest can't be read or written, or a workload was refused: then nothing is written",
    examples: [
      'memgap inject -f deployment.yaml --pprof http://127.0.0.1:6060/debug/pprof | kubectl apply -f -',
      'kustomize build config/default | memgap inject -f - --workload controller-manager --run-as 65532:65532',
      'memgap inject -i -f deployment.yaml --undo',
    ],
  },
  loadtest: {
    usage: 'memgap loadtest [PID | URL | NAME] (--run CMD | --mark) [flags]',
    summary: 'repeat a load and say what came back, what is kept for reuse, and what grew: leak or plateau, by component',
    fails: 'the load failed or was ended by a signal, the target could not be read, ended or was restarted, or the config file is wrong',
    examples: [
      "memgap loadtest 4711 --run './create-and-delete.sh' --fail-if 'growth > 5MiB/cycle'",
      "memgap loadtest http://127.0.0.1:6060/debug/pprof --cycles 5 --run 'hey -z 30s http://127.0.0.1:8080/' --fail-if leak --json",
      'memgap loadtest --target.exe manager --target.pprof http://127.0.0.1:6060/debug/pprof --mark',
    ],
  },
  'check-config': {
    usage: 'memgap check-config FILE',
    summary: 'say whether a config file is right, and what is wrong with it',
    fails: 'it is wrong, or not there',
    examples: ['memgap check-config memgap.yml'],
  },
};
