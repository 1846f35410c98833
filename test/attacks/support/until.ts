/** Lets background work that needs no clock come to its end; fails after ten seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const start = performance.now()
  while (!condition()) {
    if (performance.now() - start > 10_000) throw new Error('the condition did not come about')
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
