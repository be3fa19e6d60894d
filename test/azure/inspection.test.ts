import { randomUUID } from 'node:crypto'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { identify } from '../../src/azure/identity.ts'
import { LedgerError } from '../../src/domain/errors.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { PRINCIPAL_ID, TENANT_ID } from '../../src/simulator/tokens.ts'
import { createVirtualClock } from '../../src/simulator/virtual-clock.ts'
import { openSimulated } from '../simulated.ts'

const estate = createEstateByHand([{ hosts: [{ name: 'bas-1' }] }])
const never = new AbortController().signal

let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator({ estate })
})
afterAll(() => simulator[Symbol.asyncDispose]())
afterEach(() => {
  simulator.faults.clear()
  simulator.identity.mode = 'ok'
})

async function failure(asked: Promise<unknown>): Promise<LedgerError> {
  const error: unknown = await asked.catch((reason: unknown) => reason)
  if (error instanceof LedgerError) return error
  throw new Error(`It gave ${String(error)}`)
}

/** A credential that has this token, or does this instead. */
function credentialOf(token: string | null | (() => Promise<never>)) {
  return {
    async getToken() {
      if (typeof token === 'function') return token()
      return token === null ? null : { token, expiresOnTimestamp: 1_795_428_000_000 }
    },
  }
}

const bounds = { scope: 'https://management.azure.com/.default', requestTimeoutMs: 200 }

function jwt(claims: object): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`
}

describe('identify', () => {
  it('tells for whom the token is', async () => {
    using source = openSimulated(simulator)
    const identity = await source.identify(never)
    expect(identity).toMatchObject({ kind: 'app', tenantId: TENANT_ID, objectId: PRINCIPAL_ID })
    expect(identity.expiresAt.getTime()).toBeGreaterThan(Date.now())
    expect(simulator.identity.resources).toContain(simulator.endpoint)
  })

  it.each([
    [
      { tid: 't', oid: 'o', appid: 'a', idtyp: 'app' },
      { kind: 'app', appId: 'a' },
    ],
    [
      { tid: 't', oid: 'o', azp: 'a', idtyp: 'user' },
      { kind: 'user', appId: 'a' },
    ],
    [
      { tid: 't', oid: 'o', scp: 'user_impersonation' },
      { kind: 'user', appId: null },
    ],
    [{}, { kind: null, tenantId: null, objectId: null, appId: null }],
  ])('reads the claims %j', async (claims, expected) => {
    expect(await identify(credentialOf(jwt(claims)), bounds, never)).toMatchObject(expected)
  })

  it.each([
    ['opaque'],
    ['a.b.c'],
    [jwt([1, 2])],
    [`x.${Buffer.from('{').toString('base64url')}.y`],
  ])('knows nobody by a token that is no JWT: %s', async (token) => {
    expect(await identify(credentialOf(token), bounds, never)).toMatchObject({
      kind: null,
      objectId: null,
    })
  })

  it('is not signed in where there is no token', async () => {
    expect((await failure(identify(credentialOf(null), bounds, never))).code).toBe('not_signed_in')
    simulator.identity.mode = { status: 400 }
    using source = openSimulated(await startedElsewhere())
    expect((await failure(source.identify(never))).code).toBe('not_signed_in')
  })

  it('does not wait for ever, nor past an abort', async () => {
    const silent = credentialOf(() => new Promise<never>(() => undefined))
    expect((await failure(identify(silent, bounds, never))).message).toContain('within 200 ms')
    const abort = new AbortController()
    const asked = identify(silent, { ...bounds, requestTimeoutMs: 60_000 }, abort.signal)
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(asked).rejects.toBe(reason)
  })
})

const opened: Simulator[] = []
afterAll(async () => {
  for (const one of opened) await one[Symbol.asyncDispose]()
})

/** A simulator whose identity endpoint refuses, and for which no token is cached yet. */
async function startedElsewhere(): Promise<Simulator> {
  const other = await startSimulator({ estate })
  opened.push(other)
  other.identity.mode = { status: 400, body: `{"error":"${randomUUID()}"}` }
  return other
}

describe('clockAheadMs', () => {
  it.each([
    ['right', 0],
    ['ahead', 600_000],
    ['behind', -45_000],
  ])('is how far the clock is off: %s', async (_, offMs) => {
    const clock = {
      now: () => new Date(Date.now() + offMs),
      sleep: async () => undefined,
    }
    using source = openSimulated(simulator, { clock })
    const ahead = (await source.clockAheadMs(never)) ?? Number.NaN
    expect(Math.abs(ahead - offMs)).toBeLessThan(2000)
  })

  it('agrees with a simulated Azure of another day', async () => {
    const clock = createVirtualClock({ startAt: new Date('2026-11-23T09:00:00Z'), speed: 1 })
    const other = await startSimulator({ estate, clock })
    opened.push(other)
    using source = openSimulated(other, { clock })
    expect(Math.abs((await source.clockAheadMs(never)) ?? Number.NaN)).toBeLessThan(2000)
  })

  it('reads the time of a refusal as well', async () => {
    simulator.faults.add({ request: 'subscriptions', answer: { kind: 'error', status: 403 } })
    using source = openSimulated(simulator)
    expect(await source.clockAheadMs(never)).not.toBeNull()
  })

  it.each<[string, Fault]>([
    ['reset', { delivery: { breaks: 'reset-before-headers' } }],
    ['silent', { delivery: { breaks: 'hang-before-headers' } }],
  ])('cannot tell where Azure is %s', async (_, fault) => {
    simulator.faults.add({ request: 'subscriptions', ...fault })
    using source = openSimulated(simulator, { maxRetries: 0 })
    const { code, message } = await failure(source.clockAheadMs(never))
    expect(code).toBe('unreachable')
    expect(message).toContain(`Cannot reach Azure at "${simulator.endpoint}"`)
  })
})
