import { type GoLayout, goRuntime } from '../../src/model/go-layouts.ts';

/** A release's structures and constants, by Go's names, as scripts/go-layouts/main.go prints them. */
export type GoFacts = Readonly<Record<string, number>>;

/** What programs of a release must say of their own runtime for src/model/go-layouts.ts to be right about it. */
export function factsOf({ minor, heapArena, spans, allocBits, heapInUse, heapStatsDelta }: GoLayout): GoFacts {
  const { gcController, heapStats, memoryLimitHeadroom, mspan, bucket } = goRuntime;
  const { percent, least } = memoryLimitHeadroom;
  const stacksSys = heapStats.sets * heapStatsDelta + heapStats.bytesBehind;
  return {
    'runtime.pageSize': goRuntime.pageSize,
    'runtime.heapArenaBytes': goRuntime.heapArenaBytes,
    'runtime.arenaL1Bits': 0,
    'runtime.arenaL2Bits': Math.log2(goRuntime.arenaIndexBytes / 8),
    'runtime.arenaBaseOffsetUintptr': -goRuntime.arenaBaseOffsetAmd64,
    'runtime.persistentChunkSize': goRuntime.persistentChunkSize,
    'runtime.pallocChunkBytes': goRuntime.pallocChunkBytes,
    'runtime.pallocChunksL1Bits': Math.log2(goRuntime.pallocTables),
    'runtime.pallocChunksL2Bits': Math.log2(goRuntime.pallocChunksOfTable),
    'runtime.summaryLevels': goRuntime.summaryLevels,
    'runtime.summaryL0Bits': Math.log2(goRuntime.summariesOfFirstLevel),
    'runtime.summaryLevelBits': Math.log2(goRuntime.summariesOfNextLevel),
    'runtime.buckHashSize': goRuntime.buckHashSize,
    'runtime.bucket.typ': bucket.typ,
    'runtime.bucket.hash': bucket.hash,
    'runtime.gcBitsChunkBytes': goRuntime.gcBitsChunkBytes,
    'runtime.gcBitsHeaderBytes': goRuntime.gcBitsHeaderBytes,
    'runtime.mspan.startAddr': mspan.startAddr,
    'runtime.mspan.npages': mspan.startAddr + 8,
    'runtime.mspan.allocBits': allocBits,
    'runtime.mspan.gcmarkBits': allocBits + 8,
    'runtime.heapArena': heapArena,
    'runtime.heapArena.spans': spans,
    'runtime.heapArena.pageInUse': spans + (goRuntime.heapArenaBytes / goRuntime.pageSize) * 8,
    'runtime.heapArena.zeroedBase': heapArena - 8,
    'runtime.defaultHeapMinimum': goRuntime.defaultHeapMinimum,
    ...(minor < 21
      ? { 'runtime.memoryLimitHeapGoalHeadroom': least }
      : { 'runtime.memoryLimitMinHeapGoalHeadroom': least, 'runtime.memoryLimitHeapGoalHeadroomPercent': percent }),
    ...inOrder('runtime.gcControllerState', heapInUse, ['heapInUse', 'heapReleased', 'heapFree', 'totalAlloc', 'totalFree', 'mappedReady']),
    ...named('runtime.gcControllerState', gcController.fromStart),
    ...named('runtime.gcControllerState', gcController.beforeHeapInUse, (before) => heapInUse - before),
    'runtime.heapStatsDelta': heapStatsDelta,
    ...inOrder('runtime.heapStatsDelta', 0, ['committed', 'released', 'inHeap', 'inStacks', 'inWorkBufs']),
    'runtime.mstats.heapStats': 0,
    ...inOrder('runtime.mstats', stacksSys, ['stacks_sys', 'mspan_sys', 'mcache_sys', 'buckhash_sys', 'gcMiscSys', 'other_sys']),
  };
}

function inOrder(structure: string, first: number, members: readonly string[]): GoFacts {
  return Object.fromEntries(members.map((member, index) => [`${structure}.${member}`, first + 8 * index]));
}

function named(structure: string, members: GoFacts, offset = (at: number) => at): GoFacts {
  return Object.fromEntries(Object.entries(members).map(([member, at]) => [`${structure}.${member}`, offset(at)]));
}
