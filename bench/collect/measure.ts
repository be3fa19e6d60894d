/**
 * What one round of a program cost, measured by the program itself.
 */

import process from 'node:process'

import { z } from 'zod'

export const round = z.object({
  wallMs: z.number(),
  /** User and system time, of all threads. */
  cpuMs: z.number(),
  /** The most memory that the process has held so far. */
  peakMb: z.number(),
  hosts: z.number(),
})
export type Round = z.infer<typeof round>

/** Measures the same work several times in this process: the first time it is not yet compiled. */
export async function measureRounds(
  rounds: number,
  work: () => Promise<{ hosts: number }>,
): Promise<Round[]> {
  const measured: Round[] = []
  for (let index = 0; index < rounds; index += 1) {
    const startMs = performance.now()
    const start = process.cpuUsage()
    const { hosts } = await work()
    const { user, system } = process.cpuUsage(start)
    measured.push({
      wallMs: performance.now() - startMs,
      cpuMs: (user + system) / 1000,
      peakMb: process.resourceUsage().maxRSS / 1024,
      hosts,
    })
  }
  return measured
}
