import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startChild } from '../../scripts/child.ts';
import { explainJson } from './explained.ts';

const mib = 1024 ** 2;
const cache = process.env.MEMGAP_CACHE ?? join(import.meta.dirname, '../../.cache');
const go = join(cache, 'debian/go-newest/goroot/bin/go');

/** 100 MiB of heap that live, in objects of 64 KiB. */
const source = `package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
)

var keep [][]byte

func main() {
	for i := 0; i < 1600; i++ {
		b := make([]byte, 64<<10)
		for at := 0; at < len(b); at += 4096 {
			b[at] = 1
		}
		keep = append(keep, b)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("ready %d %s\\n", os.Getpid(), l.Addr())
	_ = http.Serve(l, nil)
}
`;

/** What memgap says of the program, built so. */
async function built(t: TestContext, folder: string, ...flags: readonly string[]) {
  const program = join(folder, `program${flags.join('')}`);
  const environment = {
    ...process.env,
    GOENV: 'off',
    GOTOOLCHAIN: 'local',
    GOPROXY: 'off',
    GOFLAGS: '-mod=mod',
    HOME: join(cache, 'go/home'),
  };
  const own = { GOPATH: join(cache, 'go'), GOCACHE: join(cache, 'go/build-go-newest'), CGO_ENABLED: '1' };
  execFileSync(go, ['build', ...flags, '-o', program, '.'], { cwd: folder, env: { ...environment, ...own } });
  const child = await startChild('program', program, [], {});
  t.after(child.stop);
  while (!child.lines().some((line) => line.startsWith('ready '))) {
    assert.equal(child.ended(), undefined, child.lines().join('\n'));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const [, address = ''] = /^ready \d+ (.+)$/m.exec(child.lines().join('\n')) ?? [];
  return explainJson(child.pid, address);
}

test('race_detector: build without -race', { timeout: 300_000 }, async (t) => {
  if (!existsSync(go)) return t.skip('the newest Go is not in the cache, run: make toolchain');
  if (!existsSync('/usr/bin/cc')) return t.skip('needs a C compiler');
  const folder = mkdtempSync(join(tmpdir(), 'memgap-race-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'go.mod'), 'module race\n\ngo 1.21\n');
  writeFileSync(join(folder, 'main.go'), source);

  const before = await built(t, folder, '-race');
  const shadow = before.causes.find(({ name }: { readonly name: string }) => name === 'race_detector');
  assert.ok(shadow?.bytes > 190 * mib && shadow.bytes < 220 * mib, JSON.stringify(before.causes));
  assert.match(shadow.next, /^build without -race/);
  const named = before.causes.map(({ name }: { readonly name: string }) => name);
  for (const other of ['c_malloc_retained', 'native_mmap']) assert.ok(!named.includes(other), `${other} would be wrong`);
  assert.ok(before.rss.score < 0.05, `${before.rss.score} of it is in doubt`);

  const after = await built(t, folder);
  t.diagnostic(`RSS ${before.rss.resident} bytes with -race, ${after.rss.resident} without`);
  assert.ok(before.rss.resident - after.rss.resident > 190 * mib);
});
