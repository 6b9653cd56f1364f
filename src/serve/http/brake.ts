const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * Lets a millisecond pass. libuv can't be told to accept no connection for a while, and what is not accepted yet waits in the kernel, where it
 * takes no descriptor and its request is taken in: where connections come faster than the room lasts, that is the better place to wait.
 */
export function brake(): void {
  Atomics.wait(never, 0, 0, 1);
}
