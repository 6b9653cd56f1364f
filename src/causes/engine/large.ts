const share = 0.1;

/** Whether a part is worth a name of its own beside the whole: a tenth of it. What is less seldom is what a person looks for. */
export function isLarge(part: number, whole: number): boolean {
  return part > 0 && part >= share * whole;
}
