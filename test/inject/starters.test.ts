import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStarter } from '../../src/inject/target.ts';

test('shells, inits, interpreters, debuggers and scripts start the program and are not it', () => {
  const names = ['sh', 'zsh', 'ksh', 'tini', 'dumb-init', 'env', 'sudo', 'runuser', 'stdbuf', 'ionice', 'dlv', 'java', 'docker-entrypoint'];
  const patterns = ['python', 'python3', 'python3.11', 'perl5.36', 'node', 'run.sh', 'start.bash', 'main.py', 'x.pl', 'x.rb'];
  const loaders = ['ld-linux-x86-64.so.2', 'ld-musl-x86_64.so.1', 'ld.so', 'ld64.so.2'];
  for (const name of [...names, ...patterns, ...loaders]) assert.equal(isStarter(name), true, name);
});

test('programs are programs, also those that are called like that in part', () => {
  const names = ['manager', 'node_exporter', 'node-exporter', 'etcd', 'gosuite', 'shoot', 'envoy', 'nats-server', 'python-operator'];
  for (const name of [...names, 'app.linux-amd64', 'v1.2', 'ldap', 'cmd.so']) assert.equal(isStarter(name), false, name);
});
