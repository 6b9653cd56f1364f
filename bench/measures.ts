/** What made memgap start fast and stay small, for docs/footprint.md: by hand, for a measure is taken once. */
export const measures = `## What makes it start fast and stay small

Each measure by itself, on Node 24 with one target. What they brought together is the table "Beside memgap of 6888ee7".

| measure                                       | RssAnon MiB |               CPU ms | bench           |
|-----------------------------------------------|------------:|---------------------:|-----------------|
| serve is a program of its own; lean packages  |        -1.6 |    start: 210 to 178 | before, modules |
| node:crypto, node:tls for those who need them |        -2.0 | start: 12 to 18 less | modules         |
| the code that V8 made of it is kept           |        -3.5 |    start: 178 to 120 | before          |
| --version and --help load 14 KiB              |           - |            166 to 35 | before          |
| a collection after 4 MB of growth, not 2      |        +1.6 |   poll: a tenth less | before          |
| files without buffers, time of boot once      |           0 |       poll: 5 % less | before          |

* Lean packages (scripts/build/lean-packages.mjs): 845 KiB of text where 1387 were, and no node:http2, which undici loads for a protocol that
  memgap does not speak.
* Kept code (src/engine/load-bundle.ts): \`*.cache\` beside the bundles, for the node and the flags of the build. V8 refuses it under any other.
* Tried and left: V8's flags set at run time, after node's own modules were loaded with the code that node keeps of them (24 ms less, but 2 to
  3 MiB more); the launcher without \`--no-sparkplug\` (2 MiB more, no less CPU) or \`--max-lazy\` (nothing); NODE_COMPILE_CACHE, whose folder is named
  by uid and flags, so that a sidecar, which takes its target's uid, has none.

`;
