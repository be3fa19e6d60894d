/**
 * Health: whether the ledger is being written, for whoever asks. It names no host and no person.
 */

import process from 'node:process'

import type { HttpResponseInit, InvocationContext } from '@azure/functions'

import manifest from '../../package.json' with { type: 'json' }
import { connect } from '../connect.ts'
import { messageOf } from '../domain/errors.ts'
import { appSettings } from './app-settings.ts'
import { withoutSecrets } from './without-secrets.ts'

/** `late`: no run for three intervals · `empty`: none within a day · `unreadable`: cannot tell. */
type Status = 'ok' | 'late' | 'empty' | 'unreadable'

interface Health {
  status: Status
  last_run: { run_id: string; outcome: string; finished_at: string; age_secs: number } | null
}

// Anybody may ask, so what a question costs is bounded.
const KEPT_MS = 15_000
const INTERVALS = 3

type HealthReport = (context: InvocationContext) => Promise<HttpResponseInit>

/** Of this instance. */
export const healthReport = createHealthReport()

/** Answers 200 where all is well, else 503, for monitors that look at nothing but the status. */
export function createHealthReport(): HealthReport {
  let kept: { untilMs: number; health: Promise<Health> } | undefined
  return async (context) => {
    const nowMs = Date.now()
    if (!kept || nowMs >= kept.untilMs) kept = { untilMs: nowMs + KEPT_MS, health: look(context) }
    return answerOf(await kept.health)
  }
}

function answerOf({ status, last_run }: Health): HttpResponseInit {
  return {
    status: status === 'ok' ? 200 : 503,
    headers: { 'cache-control': 'no-store' },
    jsonBody: {
      status,
      versions: {
        ledger: manifest.version,
        node: process.versions.node,
        duckdb: manifest.dependencies['@duckdb/node-api'],
      },
      last_run,
    },
  }
}

async function look(context: InvocationContext): Promise<Health> {
  try {
    const { settings } = appSettings(process.env)
    await using connection = connect(settings)
    const run = await connection.ledger.newestRun()
    if (run === null) return { status: 'empty', last_run: null }
    const { run_id, outcome, finished_at } = run
    const ageMs = connection.clock.now().getTime() - Date.parse(finished_at)
    const late = ageMs > INTERVALS * settings.intervalMs
    return {
      status: late ? 'late' : 'ok',
      last_run: { run_id, outcome, finished_at, age_secs: Math.round(ageMs / 1000) },
    }
  } catch (error) {
    // The cause is for the log: it can name accounts.
    context.error(
      withoutSecrets(
        JSON.stringify({
          event: 'error',
          function: context.functionName,
          message: messageOf(error),
        }),
      ),
    )
    return { status: 'unreadable', last_run: null }
  }
}
