/**
 * Requests to Blob Storage: each is heard from now and then, or is sent again, and ends in an
 * answer or in words that a person can act on.
 *
 * The SDK sends again after 500, 503 and broken connections, but waits without end for a server
 * that is silent, and gives up on a body that breaks off (its stream takes that for an abort). Both
 * are passing faults here.
 */

import { setTimeout as sleep } from 'node:timers/promises'

import type { BlobAddress } from '../domain/warehouse-address.ts'
import { blobError, isBroken, Silence, WrongContent, type BlobAct } from './blob-error.ts'

export interface RequestBounds {
  /** How often the SDK sends a request at most (default 5). */
  tries?: number
  /** Before the third try; it doubles from there (default 1,000). */
  retryDelayMs?: number
  /** The longest silence (default 30,000). */
  silenceMs?: number
}

/** What is sent: it passes the signal on, and calls `alive` whenever it hears something. */
export type Send<T> = (signal: AbortSignal, alive: () => void) => Promise<T>

export interface Request {
  act: BlobAct
  /** In the store; empty for all of it. */
  path: string
  signal?: AbortSignal | undefined
}

export interface Requests {
  /**
   * Sends, and sends again after a passing fault.
   *
   * @throws {LedgerError} `storage`, or `not_signed_in`; `signal.reason` when aborted.
   */
  send<T>(request: Request, send: Send<T>): Promise<T>
}

/** How often silence and broken bodies are tried. */
const SILENT_TRIES = 2
const BROKEN_TRIES = 4

export function createRequests(
  address: BlobAddress,
  { retryDelayMs = 1000, silenceMs = 30_000 }: RequestBounds,
): Requests {
  return {
    async send({ act, path, signal }, send) {
      let silent = 0
      let broken = 0
      for (;;) {
        using watch = watchSilence(silenceMs)
        try {
          return await send(
            AbortSignal.any([watch.signal, ...(signal ? [signal] : [])]),
            watch.alive,
          )
        } catch (error) {
          signal?.throwIfAborted()
          const passing = watch.signal.aborted || isBroken(error) || error instanceof WrongContent
          if (watch.signal.aborted) silent += 1
          else broken += 1
          if (!passing || silent === SILENT_TRIES || broken === BROKEN_TRIES) {
            throw blobError(address, act, path, watch.signal.aborted ? watch.signal.reason : error)
          }
        }
        await pause((silent + broken - 1) * retryDelayMs, signal)
      }
    },
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal ? { signal } : {}).catch(() => undefined)
  signal?.throwIfAborted()
}

interface Watch extends Disposable {
  signal: AbortSignal
  alive: () => void
}

function watchSilence(ms: number): Watch {
  const controller = new AbortController()
  const timer = setTimeout(
    () => controller.abort(new Silence(`no answer within ${ms / 1000} s`)),
    ms,
  )
  return {
    signal: controller.signal,
    alive: () => void timer.refresh(),
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}
