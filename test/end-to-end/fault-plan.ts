/**
 * Fault plans: small estates, what goes wrong in them and when, and the bounds of a collector, all
 * from one number.
 */

import type { SettingName } from '../../src/domain/settings.ts'
import type { Answer } from '../../src/simulator/answer.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import type { Estate, StartTimeForm, SubscriptionState } from '../../src/simulator/estate.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { createRandom, mixSeeds, type Random } from '../../src/simulator/random.ts'
import type { ThrottleOptions } from '../../src/simulator/throttle.ts'
import { SLOT } from './collecting.ts'
import { createEntry, createThrottling, createTrouble } from './fault-answers.ts'

export interface FaultPlan {
  seed: number
  estate: Estate
  /** The same estate in which no host is ever deleted: no session of it begins or ends. */
  truth: Estate
  settings: Partial<Record<SettingName, string>>
  deadlineMs: number
  pageSize: number
  tokenLifetimeMs: number
  throttle: ThrottleOptions | null
  /** What each run, one after another, has to live through. */
  runs: RunPlan[]
}

export interface RunPlan {
  /** The ones later in the list win. */
  faults: Fault[]
  /** How each host answers that answers in a form of its own, by id. */
  answers: Map<string, Answer>
  /** Hosts, by id, whose every answer says that there is none: they cannot be `ok`. */
  hopeless: Set<string>
  events: PlanEvent[]
}

/** What happens to everybody, so many milliseconds of the clock after the run began. */
export interface PlanEvent {
  atMs: number
  kind:
    | 'revoke tokens'
    | 'break identity'
    | 'hang identity'
    | 'mend identity'
    | 'disconnect'
    | 'connect'
    | 'interrupt'
    | 'set clock'
  /** For `set clock`: how far it then is from the true time. */
  offByMs?: number
}

// Sessions of the estate began long before and never end, so any clock will do.
const STARTED_MS = SLOT.getTime() - 30 * 86_400_000
const HOUR_MS = 3_600_000

/** Makes the plan of a seed. */
export function createPlan(seed: number): FaultPlan {
  const random = createRandom(mixSeeds(seed, 'plan'))
  const { estate, truth } = createEstates(random)
  const isPatient = random.chance(0.15)
  const settings: FaultPlan['settings'] = isPatient
    ? { requestTimeoutMs: '60s', hostTimeoutMs: '30m', maxRetryAfterMs: '60s' }
    : {
        requestTimeoutMs: random.pick(['200ms', '400ms', '800ms']),
        hostTimeoutMs: random.pick(['4s', '10s', '30s']),
        maxRetryAfterMs: random.pick(['2s', '5s', '30s']),
      }
  const deadlineSecs = isPatient ? 8 : random.pick([3, 15, 30, 60])
  settings.runDeadlineMs = `${deadlineSecs}s`
  settings.maxRetries = String(1 + random.below(3))
  settings.concurrency = String(random.pick([1, 2, 4, 8]))
  settings.maxResponseBytes = '64KiB'
  const runs = Array.from({ length: random.chance(0.3) ? 2 : 1 }, () => createRun(random, estate))
  return {
    seed,
    estate,
    truth,
    settings,
    deadlineMs: deadlineSecs * 1000,
    pageSize: random.pick([2, 3, 100]),
    tokenLifetimeMs: random.chance(0.3) ? 20_000 + random.below(60_000) : 86_400_000,
    throttle: random.chance(0.2) ? createBuckets(random) : null,
    runs,
  }
}

function createBuckets(random: Random): ThrottleOptions {
  const bucket = () => ({ capacity: 1 + random.below(8), perSecond: 1 + random.below(10) })
  return { reads: bucket(), writes: bucket() }
}

function createEstates(random: Random): { estate: Estate; truth: Estate } {
  const count = 2 + random.below(3)
  let hostsLeft = 5 + random.below(16)
  const subscriptions = Array.from({ length: count }, (_, index) => {
    const hosts = index === count - 1 ? hostsLeft : random.below(hostsLeft + 1)
    hostsLeft -= hosts
    return {
      name: `Subscription ${index}`,
      state: random.chance(0.85)
        ? ('Enabled' as const)
        : random.pick<SubscriptionState>(['Warned', 'PastDue', 'Disabled', 'Deleted']),
      hosts: Array.from({ length: hosts }, (__, position) => ({
        name: `bas-${index}-${position}`,
        sku: random.pick(['Developer', 'Basic', 'Standard', 'Premium'] as const),
        tags: createTags(random),
        // Most likely between the listing and the asking.
        deletedAt: random.chance(0.08) ? new Date(SLOT.getTime() + random.below(2500)) : null,
        sessions: Array.from({ length: random.pick([0, 0, 1, 2, 3, 6]) }, (___, number) =>
          createSession(random, number),
        ),
      })),
    }
  })
  const lasting = subscriptions.map((subscription) => ({
    ...subscription,
    hosts: subscription.hosts.map((host) => ({ ...host, deletedAt: null })),
  }))
  return { estate: createEstateByHand(subscriptions), truth: createEstateByHand(lasting) }
}

const PEOPLE = [
  'ada@contoso.com',
  'Zoë “Z” O’Neill',
  'x'.repeat(3000),
  "'; DROP TABLE polls; --",
  'line\u2028separator\nand "quotes"\t\\',
  '=1+1',
  '𝔸da 👩‍💻',
  '',
  '  ',
]

function createTags(random: Random): Record<string, string> {
  return random.chance(0.3) ? { owner: random.pick(PEOPLE) } : {}
}

const FORMS: readonly StartTimeForm[] = [
  'iso',
  'seconds',
  'seven-digits',
  'short-date',
  'no-zone',
  'offset',
  'epoch-ms',
  'none',
]

function createSession(random: Random, number: number) {
  return {
    // Some ids are on several hosts at once.
    sessionId: random.chance(0.1) ? `session-${number}` : random.uuid(),
    startAt: new Date(STARTED_MS + random.below(20 * 86_400) * 1000),
    startTimeForm: random.pick(FORMS),
    userName: random.pick(PEOPLE),
    protocol: random.pick(['SSH', 'RDP'] as const),
    extra: random.chance(0.2) ? { note: random.pick(PEOPLE), nested: { list: [1, null] } } : null,
  }
}

function createRun(random: Random, estate: Estate): RunPlan {
  const faults: Fault[] = []
  const answers = new Map<string, Answer>()
  const hopeless = new Set<string>()
  // From the general to the particular, since the last one wins.
  if (random.chance(0.15)) faults.push({ request: 'any', ...createTrouble(random, 'any') })
  if (random.chance(0.12))
    faults.push({ request: 'subscriptions', ...createTrouble(random, 'subscriptions') })
  for (const { subscriptionId: subscription } of estate.subscriptions) {
    if (random.chance(0.3)) {
      const request = random.pick(['hosts', 'hosts', 'page'] as const)
      faults.push({ request, subscription, ...createTrouble(random, request) })
    }
    if (random.chance(0.1)) {
      faults.push({ request: 'sessions', subscription, ...createThrottling(random) })
    }
  }
  for (const { armId: host, hostId, deletedAt } of estate.hosts) {
    // What is declared for a host would be answered for it after its end, too.
    if (random.chance(0.3) || deletedAt !== null) continue
    const entry = createEntry(random)
    faults.push(...entry.faults.map((fault) => ({ ...fault, host })))
    if (entry.tells === 'failure') hopeless.add(hostId)
    const answer = entry.faults[0]?.answer
    if (answer) answers.set(hostId, answer)
  }
  return { faults, answers, hopeless, events: createEvents(random) }
}

function createEvents(random: Random): PlanEvent[] {
  const atMs = random.below(4000)
  const laterMs = atMs + 500 + random.below(5000)
  const kind = random.next()
  if (kind < 0.06) return [{ atMs, kind: 'revoke tokens' }]
  if (kind < 0.1) {
    const broken = random.pick(['break identity', 'hang identity'] as const)
    // Without a token's end nobody would ask for another.
    return [
      { atMs, kind: broken },
      { atMs, kind: 'revoke tokens' },
      { atMs: laterMs, kind: 'mend identity' },
    ]
  }
  if (kind < 0.15) {
    return [
      { atMs, kind: 'disconnect' },
      { atMs: laterMs, kind: 'connect' },
    ]
  }
  if (kind < 0.2) return [{ atMs, kind: 'interrupt' }]
  if (kind > 0.88) {
    const offByMs = Math.round((random.next() - 0.5) * 4 * HOUR_MS)
    const back = { atMs: laterMs, kind: 'set clock', offByMs: 0 } as const
    return [{ atMs, kind: 'set clock', offByMs }, ...(random.chance(0.5) ? [back] : [])]
  }
  return []
}
