/**
 * Runs a rule test: lives what is given in a ledger of its own, with the collector's ledger and the
 * watch job that work in production, and a clock that is set.
 *
 * Time passes as in life. A run is known a second after its hosts were asked, and the rules are asked
 * after every run, so that what must last for a while before it fires can last.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { connect } from '../connect.ts'
import type { Clock, Ledger } from '../domain/edges.ts'
import { fileError } from '../domain/file-error.ts'
import type { FilePath } from '../domain/file-problem.ts'
import { parseSettings } from '../domain/parse-settings.ts'
import { type Poll, type PollOutcome, unreachedPoll } from '../domain/poll.ts'
import { slotRunId, type RunStart } from '../domain/run.ts'
import type { Settings } from '../domain/settings.ts'
import { watch, type WatchEdges, type Watched } from '../jobs/watch.ts'
import { compare, type Difference } from './compare.ts'
import type { Expectation } from './expectation.ts'
import { type GivenAnswer, type GivenRun, subscriptionIdOf } from './given.ts'
import type { RuleTest } from './test-file.ts'

/** What was otherwise than expected, at one time. */
export interface Failure {
  at: Date
  /** Of the expectation, or of the run after which a rule failed. */
  path: FilePath
  differences: Difference[]
  /** Why rules could not be asked, or what was left out, one line each. */
  problems: string[]
}

const ANSWERED_MS = 1000
const WATCHED_MS = 60_000

type Step = { at: Date; path: FilePath } & ({ run: GivenRun } | { expectation: Expectation | null })

/**
 * Runs one test.
 *
 * @param settings The limits of queries.
 * @returns What was otherwise; nothing where it passed.
 * @throws {LedgerError} `storage` where this machine has no place for its files; `signal.reason`.
 */
export async function runTest(
  test: RuleTest,
  settings: Pick<Settings, 'memoryLimit' | 'queryTimeoutMs'>,
  signal?: AbortSignal,
): Promise<Failure[]> {
  signal?.throwIfAborted()
  const { intervalMs } = test
  const folder = await makeTempFolder()
  try {
    let now = new Date(0)
    const clock: Clock = { now: () => now, sleep: async () => undefined }
    const { memoryLimit, queryTimeoutMs } = settings
    // Of the settings of this machine none may change what a test comes to.
    const own = { ...parseSettings({}), warehouse: folder, intervalMs, memoryLimit, queryTimeoutMs }
    await using connection = connect(own, { clock })
    const edges: WatchEdges = {
      ...(await connection.watching()),
      ruleBook: { rules: async () => [...test.rules], silences: async () => test.silences },
      notifiers: [],
    }
    const failures: Failure[] = []
    for (const step of stepsOf(test)) {
      signal?.throwIfAborted()
      now = step.at
      if ('run' in step) {
        await record(connection.ledger, step.run)
        continue
      }
      const watched = await watch(edges, { intervalMs, signal })
      const problems = problemsOf(watched)
      const differences = step.expectation ? compare(step.expectation, watched) : []
      if (problems.length + differences.length > 0) {
        failures.push({ at: step.at, path: step.path, differences, problems })
      }
      // What comes after it rests on what it could not say.
      if (problems.length > 0) break
    }
    return failures
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeTempFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'ledger-rules-test-'))
  } catch (error) {
    throw fileError('write', tmpdir(), error)
  }
}

/** Everything that happens, in order of time. */
function stepsOf({ runs, expectations, intervalMs }: RuleTest): Step[] {
  const untilMs = expectations.at(-1)?.at.getTime() ?? 0
  const expected = new Set(expectations.map(({ at }) => at.getTime()))
  const afterMs = Math.min(WATCHED_MS, intervalMs)
  const steps: Step[] = [
    ...runs.map((run) => ({ at: later(run.at, ANSWERED_MS), path: run.path, run })),
    ...runs
      .map(({ at, path }) => ({ at: later(at, afterMs), path, expectation: null }))
      // What changes in an evaluation is gone in the next at the same time.
      .filter(({ at }) => at.getTime() < untilMs && !expected.has(at.getTime())),
    ...expectations.map((expectation) => ({
      at: expectation.at,
      path: expectation.path,
      expectation,
    })),
  ]
  // Of what is at the same time, the runs come first, for sorting keeps the order.
  return steps.toSorted((one, other) => one.at.getTime() - other.at.getTime())
}

function later(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms)
}

function problemsOf({ failed, warnings }: Watched): string[] {
  return [
    ...failed.map(({ rule, error }) => `The rule "${rule}" could not be asked: ${error}`),
    ...warnings,
  ]
}

async function record(ledger: Ledger, run: GivenRun): Promise<void> {
  const hosts = run.answers.map(({ host }) => host)
  await using writer = await ledger.begin(startOf(run), hosts)
  for (const answer of run.answers) await writer.add(pollOf(answer, run.at))
  await writer.commit(later(run.at, ANSWERED_MS))
}

function startOf({ at, answers, subscriptions }: GivenRun): RunStart {
  return {
    runId: slotRunId(at),
    trigger: 'timer',
    scheduledFor: at,
    startedAt: at,
    subscriptions: [...subscriptions].map(([name, outcome]) => {
      const subscriptionId = subscriptionIdOf(name)
      const hosts = answers.filter(({ host }) => host.subscriptionId === subscriptionId).length
      return {
        subscriptionId,
        name,
        state: 'Enabled',
        outcome,
        hosts: outcome === 'ok' ? hosts : null,
        errorCode: ERRORS[outcome].code,
        errorMessage: null,
      }
    }),
    error: null,
  }
}

/** What Azure answers where it does not answer well. */
const ERRORS: Record<PollOutcome, { status: number | null; code: string | null }> = {
  ok: { status: 200, code: null },
  denied: { status: 403, code: 'AuthorizationFailed' },
  not_found: { status: 404, code: 'ResourceNotFound' },
  conflict: { status: 409, code: 'Conflict' },
  throttled: { status: 429, code: 'TooManyRequests' },
  timeout: { status: null, code: null },
  error: { status: 500, code: 'InternalServerError' },
  malformed: { status: 200, code: null },
  untrusted_link: { status: 200, code: null },
  skipped_deadline: { status: null, code: 'deadline' },
  skipped_unsupported: { status: 400, code: 'OperationNotSupported' },
}

function pollOf({ host, outcome, sessions }: GivenAnswer, at: Date): Poll {
  if (outcome === 'skipped_deadline') return unreachedPoll(host, 'deadline')
  const { status, code } = ERRORS[outcome]
  return {
    host,
    outcome,
    requestedAt: at,
    observedAt: later(at, ANSWERED_MS),
    httpStatus: status,
    errorCode: code,
    errorMessage: null,
    requestId: null,
    responseShape: outcome === 'ok' ? 'array' : null,
    requests: 1,
    retries: 0,
    pages: outcome === 'ok' ? 1 : 0,
    latencyMs: ANSWERED_MS,
    sessions,
  }
}
