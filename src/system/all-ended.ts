/**
 * Waits for all to end, and answers their results or throws the first failure.
 *
 * By `Promise.all` the others would still be at work while its caller cleans up behind the one that
 * failed.
 */
export async function allEnded<Results extends readonly unknown[]>(
  promises: Results,
): Promise<{ -readonly [Index in keyof Results]: Awaited<Results[Index]> }> {
  await Promise.allSettled(promises)
  return await Promise.all(promises)
}
