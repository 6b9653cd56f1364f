// The load on a program, in a process of its own: memgap shares no event loop with the clients of its target, so neither may what measures
// it. Usage: node --import tsx load-child.ts PROGRAM ADDRESS. Ends at SIGTERM, and prints how many requests were answered.
import { startLoad } from './load.ts';
import { programs } from './programs.ts';

const [name, address = ''] = process.argv.slice(2);
const program = programs.find((each) => each.name === name);
if (program === undefined) throw new Error(`no program is called ${name}`);
const load = startLoad(address, program.load);
process.once('SIGTERM', async () => {
  console.log(`answered ${await load.stop()}`);
  process.exit(0);
});
