/** Something that must be stopped when its bench is over. */
interface Stoppable {
  stop(): Promise<void>;
}

/** Runs `work`, and stops whatever it handed to `keep`, last first, however it ends. */
export async function withRunning<T>(work: (keep: <Kept extends Stoppable>(started: Kept) => Kept) => Promise<T>): Promise<T> {
  const running: Stoppable[] = [];
  try {
    return await work((started) => {
      running.unshift(started);
      return started;
    });
  } finally {
    for (const each of running) await each.stop();
  }
}
