/**
 * The ledger beside the programs that one would otherwise write, on the same bad day.
 */

import { z } from 'zod'

import type { EstateSession } from '../../src/simulator/estate.ts'
import { runProgram, startAzure } from '../azure.ts'
import type { ReportTable } from '../report.ts'
import { badDay } from './bad-day.ts'

const MISHAPS = new URL('./mishaps.ts', import.meta.url)
const PROGRAMS = [
  ['this ledger', new URL('./ledger-answers.ts', import.meta.url)],
  ["the SDK's calls, one host after another", new URL('../rivals/one-by-one.ts', import.meta.url)],
  ["the SDK's calls, `Promise.all`", new URL('../rivals/all-at-once.ts', import.meta.url)],
] as const

/** What every program prints. */
const answers = z.object({
  startMs: z.number(),
  endMs: z.number(),
  /** Session ids by host id, of the hosts that were read. */
  sessions: z.record(z.string(), z.array(z.string())),
  /** How often each error was caught. */
  errors: z.record(z.string(), z.number()),
})
type Answers = z.infer<typeof answers>

export async function measureRivals(say: (text: string) => void): Promise<ReportTable> {
  const rows: string[][] = []
  for (const [name, program] of PROGRAMS) {
    say(`on a bad day: ${name}`)
    // A new one for each, so that no bucket is left empty by another.
    await using azure = await startAzure({}, MISHAPS)
    rows.push(describe(name, answers.parse(await runProgram(program, azure, {}))))
  }
  return {
    title: 'Against the programs one would otherwise write',
    about:
      'A thousand hosts in ten subscriptions with five sessions each, and an ordinary bad day: a tenth ' +
      'of the hosts answer with a bare array, a tenth in pages, one takes eight seconds, one ' +
      'subscription lets nobody in, and one has more hosts than its bucket holds. Buckets have their ' +
      'real sizes. Both programs catch the errors of each host and go on. Hosts that may not be read ' +
      'are not counted as lost; sessions are lost with their hosts. The largest subscription alone ' +
      'takes some ten seconds, since Azure lets ten more requests a second through.',
    header: ['program', 'time', 'hosts lost', 'sessions lost', 'sessions wrong', 'errors caught'],
    rows,
  }
}

function describe(name: string, { startMs, endMs, sessions, errors }: Answers): string[] {
  const { estate, denied } = badDay()
  const throughout = ({ startAt, endAt }: EstateSession) =>
    startAt.getTime() <= startMs && endAt.getTime() > endMs
  const readable = estate.hosts.filter(({ subscriptionId }) => subscriptionId !== denied)
  const truths = Map.groupBy(
    estate.sessionsBetween(new Date(startMs), new Date(endMs + 1)),
    ({ hostId }) => hostId,
  )
  let lost = 0
  let wrong = 0
  for (const { hostId } of readable) {
    const told = sessions[hostId] ?? []
    const truth = truths.get(hostId) ?? []
    const possible = new Set(truth.map(({ sessionId }) => sessionId))
    lost += truth.filter((one) => throughout(one) && !told.includes(one.sessionId)).length
    wrong += told.length - new Set(told).size + told.filter((id) => !possible.has(id)).length
  }
  return [
    name,
    `${((endMs - startMs) / 1000).toFixed(1)} s`,
    String(readable.filter(({ hostId }) => sessions[hostId] === undefined).length),
    String(lost),
    String(wrong),
    Object.entries(errors)
      .map(([error, times]) => `${times} × ${error}`)
      .join(', '),
  ]
}
