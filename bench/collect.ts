/**
 * `collect`: how fast hosts are asked, against what latency and plain `node:https` allow, and what it
 * costs; whether it is patient; and how the programs fare that one would otherwise write.
 */

import {
  LATENCY_MS,
  measureEstate,
  SESSIONS_A_HOST,
  SOCKETS,
  type EstateCosts,
} from './collect/estate.ts'
import { measurePatience, type Patience } from './collect/patience.ts'
import { measureRivals } from './collect/rivals.ts'
import { judged, type Bench, type ReportTable } from './report.ts'

export const collectBench: Bench = {
  async run({ quick, say }) {
    const repetitions = quick ? 3 : 5
    const small = await measureEstate(1000, { repetitions, say })
    const large = quick ? null : await measureEstate(10_000, { repetitions, say })
    say('requests sent early')
    const patience = await measurePatience()
    return { tables: [limits(small, large, patience), await measureRivals(say)] }
  },
}

function limits(small: EstateCosts, large: EstateCosts | null, patience: Patience): ReportTable {
  const estates = large ? [small, large] : [small]
  return {
    title: 'Limits',
    about:
      `Hosts have ${SESSIONS_A_HOST} sessions each; ${SOCKETS} requests are in flight at most. The ` +
      `simulator answers after ${LATENCY_MS} ms; a lone client waited ` +
      `${estates.map(({ latencyMs }) => latencyMs.toFixed(1)).join(' and ')} ms. Medians of several ` +
      'processes of each kind by turns. First: the first run of a process, which compiles its code. ' +
      'Later: the runs after it in the same process.',
    header: ['what', 'ours', 'against', 'ratio', 'limit', ''],
    rows: [
      ...estates.flatMap(timeRows),
      ...estates.flatMap(cpuRows),
      ...(large ? [memoryRow(small, large)] : []),
      [
        `requests sent early, of ${patience.total}, with ${patience.throttled} answers 429`,
        String(patience.early),
        '',
        '',
        '0',
        patience.early === 0 ? 'pass' : 'FAIL',
      ],
    ],
  }
}

const NO_LIMIT = ['', '']

function timeRows({ hosts, boundMs, ours, bare }: EstateCosts): string[][] {
  const name = `time, ${hosts} hosts`
  const bound = `bound ${seconds(boundMs)}`
  const ratio = (ms: number) => (ms / boundMs).toFixed(2)
  return [
    [
      `${name}, later`,
      seconds(ours.later.wallMs),
      bound,
      ...judged(ours.later.wallMs / boundMs, 1.15),
    ],
    [`${name}, first`, seconds(ours.first.wallMs), bound, ratio(ours.first.wallMs), ...NO_LIMIT],
    [
      `plain node:https, later`,
      seconds(bare.later.wallMs),
      bound,
      ratio(bare.later.wallMs),
      ...NO_LIMIT,
    ],
    [
      `plain node:https, first`,
      seconds(bare.first.wallMs),
      bound,
      ratio(bare.first.wallMs),
      ...NO_LIMIT,
    ],
  ]
}

function cpuRows({ hosts, ours, asking, bare }: EstateCosts): string[][] {
  const micros = (cpuMs: number) => `${((cpuMs / hosts) * 1000).toFixed(0)} µs`
  const row = (name: string, mine: number, plain: number, limit: number | null) => [
    `CPU a host, ${hosts} hosts, ${name}`,
    micros(mine),
    `node:https ${micros(plain)}`,
    ...(limit === null ? [(mine / plain).toFixed(2), ...NO_LIMIT] : judged(mine / plain, limit)),
  ]
  return [
    row('asking, later', asking.later.cpuMs, bare.later.cpuMs, 1.5),
    row('asking, first', asking.first.cpuMs, bare.first.cpuMs, 1.5),
    row('with Parquet, later', ours.later.cpuMs, bare.later.cpuMs, null),
    row('with Parquet, first', ours.first.cpuMs, bare.first.cpuMs, null),
  ]
}

function memoryRow(small: EstateCosts, large: EstateCosts): string[] {
  const [few, many] = [small.ours.first.peakMb, large.ours.first.peakMb]
  return [
    `peak memory, ${large.hosts} hosts`,
    `${many.toFixed(0)} MB`,
    `${small.hosts} hosts ${few.toFixed(0)} MB`,
    ...judged(many / few, 1.3),
  ]
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}
