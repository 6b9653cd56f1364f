import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Arguments, parseArguments } from '../../src/cli/arguments.ts';
import { chooseTarget } from '../../src/cli/explain/explain-target.ts';
import { cliMarkdown, helpText } from '../../src/cli/help.ts';
import { options } from '../../src/cli/options.ts';

function parsed(...argv: string[]): Arguments {
  const args = parseArguments(argv);
  if ('message' in args) throw new assert.AssertionError({ message: args.message });
  return args;
}

function problem(...argv: string[]): string {
  const args = parseArguments(argv);
  return 'message' in args ? args.message : '';
}

test('serve is the command when none is named', () => {
  assert.equal(parsed().command, 'serve');
  assert.equal(parsed('--target.pid', '7').command, 'serve');
  assert.equal(parsed('serve', '--log.level=debug').text('log.level'), 'debug');
});

test('a flag that was not given has its default; one that may repeat has all its values', () => {
  const args = parsed('--web.listen-address', '127.0.0.1:1', '--web.listen-address=[::1]:2');

  assert.deepEqual(args.texts('web.listen-address'), ['127.0.0.1:1', '[::1]:2']);
  assert.equal(parsed().text('web.telemetry-path'), '/metrics');
  assert.equal(parsed().text('config.file'), undefined);
  assert.equal(parsed().given('poll.timeout'), false);
});

test('help is spelled as a command, too', () => {
  assert.ok(parsed('help').flag('help'));
  assert.equal(parsed('help', 'explain').command, 'explain');
});

test('what is wrong with a command line is one sentence that names it', () => {
  assert.match(problem('expalin'), /no command "expalin": there are serve, explain, record, doctor, inject, loadtest, check-config/);
  assert.match(problem('--targt.pid', '7'), /--targt\.pid/);
  assert.match(problem('--target.pid'), /target\.pid/);
  assert.match(problem('serve', '--json'), /--json is a flag of explain and record and doctor and loadtest, not of serve/);
  assert.match(problem('explain', '--web.enable-lifecycle'), /flag of serve/);
});

test('explain takes a pid, a URL or a configured name', async () => {
  const choose = async (...argv: string[]) => {
    const choice = await chooseTarget(parsed('explain', ...argv));
    if (choice.ok) return choice.target;
    return 'problems' in choice ? choice.problems.map(({ message }) => message).join() : 'searched';
  };
  const url = 'http://127.0.0.1:6060';

  assert.deepEqual(Object(await choose('4711')).process, { by: 'pid', pid: 4711 });
  assert.equal(Object(await choose(`${url}/debug/pprof/`)).go.pprof.url, `${url}/debug/pprof`);
  assert.equal(Object(await choose(`${url}/debug/vars`)).go.expvar.url, `${url}/debug/vars`);
  assert.equal(Object(await choose(`${url}/metrics`)).go.metrics.url, `${url}/metrics`);
  assert.deepEqual(Object.keys(Object(await choose(url)).go).toSorted(), ['metrics', 'pprof']);
  assert.match(String(await choose('operator')), /no pid and no URL; a name needs --config.file/);
  assert.match(String(await choose('1', '2')), /give one/);
});

test('for a URL on this machine the process is the one that listens there, unless it is told', async () => {
  const process = async (...argv: string[]) => {
    const choice = await chooseTarget(parsed('explain', ...argv));
    return choice.ok ? choice.target.process : undefined;
  };

  assert.deepEqual(await process('http://127.0.0.1:6060/debug/pprof'), { by: 'port', port: 6060 });
  assert.deepEqual(await process('http://localhost:6060/debug/pprof', '--target.pid', '7'), { by: 'pid', pid: 7 });
  assert.equal(await process('http://192.0.2.1:6060/debug/pprof'), undefined);
});

test('one look may take longer than the interval that serve has', async () => {
  for (const argv of [['4711'], ['--target.pid', '4711']]) {
    const choice = await chooseTarget(parsed('explain', ...argv, '--poll.timeout', '2m'));
    assert.equal(choice.ok && choice.config.pollTimeout, 120_000);
  }
});

test('-h is --help, and both are told', () => {
  assert.ok(parsed('-h').flag('help'));
  assert.ok(parsed('inject', '-h').flag('help'));
  assert.match(helpText('explain'), /-h, --help/);
  assert.match(helpText('inject'), /-f, --file FILE {2}/);
});

test('the help of a command names each of its flags, and fits a terminal', () => {
  for (const command of ['serve', 'explain', 'record', 'doctor', 'inject', 'loadtest', 'check-config'] as const) {
    const help = helpText(command);
    for (const { name, commands } of options) {
      assert.equal(new RegExp(`--${name}(?![\\w-])`).test(help), commands.includes(command), `${command} --${name}`);
    }
    assert.match(help, /Exit status:/);
    const prose = help.replace(/Examples:.*?\n\n/s, '').split('\n'); // a command is copied whole
    assert.deepEqual(
      prose.filter((line) => line.length > 100),
      [],
      command,
    );
  }
});

test('a command says what PID, URL and NAME are, and how it can end, and nothing of other commands', () => {
  assert.match(helpText('doctor'), /PID .*\n.*URL .*(\n.*)*NAME .*--config\.file/);
  assert.doesNotMatch(helpText('serve'), /^ {2}PID {5}/m);
  assert.doesNotMatch(helpText('explain'), /loadtest|a workload|doctor/);
  assert.match(helpText('loadtest'), /^ {2}3 {2}/m);
  assert.match(helpText('serve'), /memgap COMMAND --help/);
});

test('docs/cli.md has every flag', () => {
  for (const { name } of options) assert.ok(cliMarkdown().includes(`\`--${name}`), name);
});
