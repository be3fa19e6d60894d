/**
 * Budget: how long an engine may work on one question. Time in which the answer waits to be taken
 * does not count.
 *
 * DuckDB has no statement time-out, but it can be interrupted.
 */

import type { DuckDBConnection } from '@duckdb/node-api'

import { LedgerError } from '../domain/errors.ts'
import { formatDuration } from '../domain/units.ts'

/** Closing it stops what is under way, and waits until it has stopped. */
export interface Budget extends AsyncDisposable {
  /**
   * Waits for the engine.
   *
   * @throws {LedgerError} `query` when the time is used up; `signal.reason` when aborted.
   */
  spend<T>(work: () => Promise<T>): Promise<T>
}

const WATCH_MS = 20

export function createBudget(
  connection: DuckDBConnection,
  limitMs: number,
  signal?: AbortSignal,
): Budget {
  let leftMs = limitMs
  let used = false
  let closing = false
  let underWay: Promise<unknown> | undefined
  return {
    async spend<T>(work: () => Promise<T>) {
      signal?.throwIfAborted()
      const began = performance.now()
      // Again and again: an interrupt that comes between two statements is forgotten.
      const watch = setInterval(() => {
        used ||= performance.now() - began > leftMs
        if (used || closing || signal?.aborted) connection.interrupt()
      }, WATCH_MS)
      try {
        const working = work()
        underWay = working
        const value = await working
        check()
        return value
      } catch (error) {
        check()
        throw error
      } finally {
        underWay = undefined
        clearInterval(watch)
        leftMs = Math.max(0, leftMs - (performance.now() - began))
      }
    },
    async [Symbol.asyncDispose]() {
      closing = true
      await underWay?.catch(() => undefined)
    },
  }

  function check() {
    signal?.throwIfAborted()
    if (!used) return
    throw new LedgerError(
      'query',
      `Cannot finish the query: it took longer than ${formatDuration(limitMs)}`,
      { hint: 'Ask for a shorter time, or allow more with --query-timeout' },
    )
  }
}
