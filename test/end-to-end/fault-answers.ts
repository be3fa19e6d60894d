/**
 * Fault answers: what a host, a subscription or everybody meets in a fault plan.
 *
 * Whatever is made here is the truth, a failure, or both in turn; nothing of it is a lie about who
 * is connected.
 */

import type {
  Answer,
  Delivery,
  ItemEdit,
  OperationEnd,
  RetryAfter,
} from '../../src/simulator/answer.ts'
import { CATALOGUE, type CatalogueEntry } from '../../src/simulator/catalogue.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import type { Random } from '../../src/simulator/random.ts'

/** The simulator's own, without those that take hundreds of requests or megabytes. */
const ENTRIES: readonly CatalogueEntry[] = Object.entries(CATALOGUE)
  .filter(([name]) => !/^(200 pages|endless pages|oversized)/.test(name))
  .map(([, entry]) => entry)

export type Trouble = Pick<Fault, 'answer' | 'delivery' | 'times' | 'chance'>

/** A fault of some requests or of all. */
export function createTrouble(random: Random, request: Fault['request']): Trouble {
  const trouble: Trouble = random.chance(0.5)
    ? { answer: createFailure(random) }
    : { delivery: createDelivery(random) }
  // After an empty list, an operation that is not there confirms it: that would be a lie.
  const isNotFound = trouble.answer?.kind === 'error' && trouble.answer.status === 404
  if (isNotFound && (request === 'any' || request === 'operation')) {
    trouble.answer = { kind: 'error', status: 410 }
  }
  if (random.chance(0.4)) trouble.times = 1 + random.below(3)
  else if (random.chance(0.5)) trouble.chance = 0.1 + random.next() * 0.5
  return trouble
}

/** Azure forbids a subscription for a while. */
export function createThrottling(random: Random): Trouble {
  const times = random.chance(0.8) ? { times: 1 + random.below(3) } : {}
  return { answer: { kind: 'error', status: 429, ...createRetryAfter(random) }, ...times }
}

function createRetryAfter(random: Random): { retryAfter?: RetryAfter } {
  const retryAfter = random.pick<RetryAfter | null>([
    null,
    0,
    1,
    1,
    2,
    { dateIn: 1 },
    { dateIn: 3 },
    20,
    3600,
    'soon',
    '',
    '0.5',
    '-1',
  ])
  return retryAfter === null ? {} : { retryAfter }
}

const BODIES = ['{}', 'null', '0', '""', '{"value":null}', '{"value":{}}', '[', '<html></html>']

function createFailure(random: Random): Answer {
  const kind = random.below(8)
  if (kind === 0) return { kind: 'raw', body: random.pick(BODIES) }
  if (kind === 1) return { kind: 'raw', status: random.pick([204, 206, 301, 418, 202, 500]) }
  if (kind === 2) return { kind: 'redirect', to: random.pick(['foreign', 'itself'] as const) }
  if (kind === 3) return { kind: 'oversized', bytes: 100_000 }
  const status = random.pick([400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504])
  // Of the others, no specification says that it means anything.
  const waits = status === 408 || status === 429 || status >= 500
  return { kind: 'error', status, ...(waits ? createRetryAfter(random) : {}) }
}

function createDelivery(random: Random): Delivery {
  return random.pick<Delivery>([
    { breaks: 'reset-before-headers' },
    { breaks: 'reset-in-body' },
    { breaks: 'hang-before-headers' },
    { breaks: 'hang-in-body' },
    { breaks: 'hang-in-body', gzip: true },
    { gzip: true },
    { drip: { bytes: 1 + random.below(300), everyMs: 1 + random.below(8) } },
    { delayMs: random.below(150) },
  ])
}

/** What one host does: a form of answer, sometimes broken at one of its stages. */
export function createEntry(random: Random): CatalogueEntry {
  if (random.chance(0.5)) return random.pick(ENTRIES)
  const edit = createEdit(random)
  const answer = createList(random, edit)
  const request = random.pick(['sessions', 'sessions', 'page', 'operation'] as const)
  const faults: Fault[] = [{ answer }]
  if (random.chance(0.3)) faults[0] = { answer, delivery: createDelivery(random) }
  if (random.chance(0.6)) faults.push({ request, ...createTrouble(random, request) })
  const broken = edit === 'without-id' || edit === 'null-item'
  const always = faults.length === 1 || request !== 'sessions'
  return { tells: broken && always ? 'failure' : 'list', faults }
}

function createEdit(random: Random): ItemEdit | undefined {
  return random.pick([
    undefined,
    undefined,
    undefined,
    'twice',
    'twice',
    'without-id',
    'null-item',
  ] as const)
}

const ENDS: readonly OperationEnd[] = [
  'value',
  'value',
  'array',
  'output.value',
  'output.array',
  'nothing',
  'failed',
  'canceled',
  'not-found',
  'not-allowed',
  'never',
  'foreign',
]

function createList(random: Random, edit: ItemEdit | undefined): Answer {
  const edited = edit === undefined ? {} : { edit }
  const links = random.pick(['absolute', 'relative'] as const)
  const kind = random.below(4)
  if (kind === 0) return { kind: random.pick(['value', 'array'] as const), ...edited }
  if (kind === 1) {
    const method = random.pick(['get', 'get', 'post'] as const)
    const pages = 1 + random.below(4)
    return { kind: 'paged', size: 1 + random.below(3), pages, links, method, ...edited }
  }
  const [asyncOperation, location] = [random.pick(ENDS), random.pick(ENDS)]
  const places = random.pick([{ asyncOperation }, { location }, { asyncOperation, location }])
  const polls = random.below(3)
  const retry = random.pick([{}, { retryAfter: 0 }, { retryAfter: 1 }, { retryAfter: 3600 }])
  if (kind === 2) {
    const status = random.pick([201, 202] as const)
    return { kind: 'operation', status, polls, links, ...places, ...retry, ...edited }
  }
  // An empty list before one that is not there would be a lie about a host with sessions.
  const isLie = (places.location ?? places.asyncOperation) === 'not-found'
  const first = isLie ? 'list' : random.pick(['list', 'empty-list', 'empty-object'] as const)
  return { kind: 'operation', status: 200, first, polls, links, ...places, ...edited }
}
