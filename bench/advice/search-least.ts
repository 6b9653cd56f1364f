/** The least size that passes, where larger ones pass too: bisected by ratio until two sizes differ by `step` at most. */
export async function searchLeast(
  { fails, passes }: { readonly fails: number; readonly passes: number },
  step: number,
  passesAt: (size: number) => Promise<boolean>,
): Promise<number> {
  let [low, high] = [fails, passes];
  while (high / low > 1 + step) {
    const middle = Math.round(Math.sqrt(low * high) / mebibyte) * mebibyte;
    if (middle <= low || middle >= high) break;
    if (await passesAt(middle)) high = middle;
    else low = middle;
  }
  return high;
}

const mebibyte = 1024 ** 2;
