/**
 * One estate, collected several times by turns: by the ledger, and by plain `node:https`.
 */

import { z } from 'zod'

import { runProgram, startAzure, type Azure } from '../azure.ts'
import { median } from '../report.ts'
import { round, type Round } from './measure.ts'

export const SOCKETS = 64
export const LATENCY_MS = 20
export const SESSIONS_A_HOST = 5

const COLLECTOR = new URL('./collector.ts', import.meta.url)
const BARE = new URL('./bare-https.ts', import.meta.url)
// In its first round a process compiles its code; the later ones are what a scheduled run costs.
const ROUNDS = 5

/** Medians over all repetitions. */
export interface Cost {
  first: Round
  later: Round
}

export interface EstateCosts {
  hosts: number
  /** How long one answer really took to come, without any other request under way. */
  latencyMs: number
  /** No collector with so many sockets can be faster. */
  boundMs: number
  bare: Cost
  /** The whole of `collect`, Parquet and all. */
  ours: Cost
  /** The same without keeping anything. */
  asking: Cost
}

const rounds = z.object({ rounds: z.array(round) })
const bareOutput = rounds.extend({
  requests: z.object({
    subscriptions: z.number(),
    lists: z.number(),
    longestList: z.number(),
    sessions: z.number(),
  }),
})

export async function measureEstate(
  hosts: number,
  { repetitions, say }: { repetitions: number; say: (text: string) => void },
): Promise<EstateCosts> {
  await using azure = await startAzure({
    estate: {
      hosts,
      subscriptions: hosts / 100,
      states: 'enabled',
      steadySessions: SESSIONS_A_HOST,
    },
    latency: { minMs: LATENCY_MS, maxMs: LATENCY_MS },
  })
  const latencies: number[] = []
  const bare: Round[][] = []
  const ours: Round[][] = []
  const asking: Round[][] = []
  let turns = 0
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    say(`${hosts} hosts, ${repetition} of ${repetitions}`)
    latencies.push(await measureLatency(azure))
    const output = await runBare(azure, { rounds: ROUNDS, sockets: SOCKETS })
    turns = roundTrips(output.requests)
    bare.push(output.rounds)
    ours.push(await runCollector(azure, true))
    asking.push(await runCollector(azure, false))
  }
  const latencyMs = median(latencies)
  return {
    hosts,
    latencyMs,
    boundMs: turns * latencyMs,
    bare: costOf(bare),
    ours: costOf(ours),
    asking: costOf(asking),
  }
}

/**
 * Round trips that follow one another. The pages of a list do, since each names the next; whom to ask
 * first is known when all lists are read; and then each socket takes its share of the hosts.
 */
function roundTrips(requests: z.infer<typeof bareOutput>['requests']): number {
  const { subscriptions, lists, longestList, sessions } = requests
  return (
    subscriptions +
    Math.max(Math.ceil(lists / SOCKETS), longestList) +
    Math.ceil(sessions / SOCKETS)
  )
}

/** One request after another, so that none waits for the processor. */
async function measureLatency(azure: Azure): Promise<number> {
  const input = { rounds: 2, sockets: 1, most: 100 }
  const { rounds: measured, requests } = await runBare(azure, input)
  const { subscriptions, lists, sessions } = requests
  return (measured.at(-1)?.wallMs ?? NaN) / (subscriptions + lists + sessions)
}

async function runBare(azure: Azure, input: object) {
  return bareOutput.parse(await runProgram(BARE, azure, input))
}

async function runCollector(azure: Azure, keep: boolean): Promise<Round[]> {
  return rounds.parse(await runProgram(COLLECTOR, azure, { rounds: ROUNDS, keep })).rounds
}

function costOf(repetitions: readonly Round[][]): Cost {
  return {
    first: middleOf(repetitions.flatMap((one) => one.slice(0, 1))),
    later: middleOf(repetitions.flatMap((one) => one.slice(1))),
  }
}

function middleOf(some: readonly Round[]): Round {
  return {
    wallMs: median(some.map(({ wallMs }) => wallMs)),
    cpuMs: median(some.map(({ cpuMs }) => cpuMs)),
    peakMb: median(some.map(({ peakMb }) => peakMb)),
    hosts: Math.min(...some.map(({ hosts }) => hosts)),
  }
}
