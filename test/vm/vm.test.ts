import assert from 'node:assert/strict';
import { accessStatements } from './access.ts';
import { accountsStatements } from './accounts.ts';
import { causesStatements } from './causes.ts';
import { faultsStatements } from './faults.ts';
import { heldStatements } from './held.ts';
import { hugePagesStatements } from './huge-pages.ts';
import { nodeStatements } from './node.ts';
import { roomStatements } from './room.ts';
import { statement } from './statement.ts';
import { storyStatements } from './story.ts';

// Real cgroup v2, by Linux 6.12 in a virtual machine that is booted once; what runs in it is in guest/.

statement('the machine runs Linux 6.12 with huge pages always on, and every job in it came to its end', (results, t) => {
  const { image, boot, job, whole } = results.seconds;
  t.diagnostic(`image ${image.toFixed(1)} s, boot ${boot.toFixed(1)} s, job ${job.toFixed(1)} s, all ${whole.toFixed(1)} s`);
  t.diagnostic(`jobs, in seconds: ${JSON.stringify(results.read('seconds.json'))}`);
  assert.match(results.line('kernel'), /^6\.12\./);
  assert.match(results.line('thp'), /\[always\]/);
  assert.deepEqual(
    results.names('failed').map((name) => results.read(`failed/${name}`)),
    [],
  );
});

accessStatements();
accountsStatements();
causesStatements();
faultsStatements();
heldStatements();
roomStatements();
storyStatements();
nodeStatements();
hugePagesStatements();
