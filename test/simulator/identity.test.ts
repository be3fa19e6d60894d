import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { createVirtualClock } from '../../src/simulator/virtual-clock.ts'
import { askForToken, askIdentity, createClient, VERSION } from './client.ts'

const SUBSCRIPTIONS = `/subscriptions?${VERSION}`

function liveIn({ env }: Simulator): void {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('the identity endpoint', () => {
  it('gives a token to the real managed-identity credential, and Resource Manager takes it', async () => {
    await using simulator = await startSimulator()
    liveIn(simulator)
    const { token, expiresOnTimestamp } = await new ManagedIdentityCredential().getToken(
      simulator.scope,
    )
    expect(expiresOnTimestamp).toBeGreaterThan(Date.now() + 3_600_000)
    expect(simulator.identity.resources).toEqual([simulator.endpoint])
    const client = await createClient(simulator)
    expect(await client.get(SUBSCRIPTIONS, { token })).toMatchObject({ status: 200 })
  })

  it('gives one to the default credential', async () => {
    await using simulator = await startSimulator()
    liveIn(simulator)
    const { token } = await new DefaultAzureCredential().getToken(simulator.scope)
    const client = await createClient(simulator)
    expect(await client.get(SUBSCRIPTIONS, { token })).toMatchObject({ status: 200 })
  })

  it('tells the real moment at which a token of a fast clock expires', async () => {
    await using simulator = await startSimulator({
      clock: createVirtualClock({ startAt: new Date('2020-01-01T00:00:00Z'), speed: 24 }),
    })
    const { expires_on } = await askForToken(simulator)
    const leftMs = Number(expires_on) * 1000 - Date.now()
    expect(leftMs).toBeGreaterThan(3_500_000)
    expect(leftMs).toBeLessThanOrEqual(3_600_000)
  })

  it('refuses a caller without its secret', async () => {
    await using simulator = await startSimulator()
    await expect(askForToken(simulator, { header: 'guess' })).rejects.toThrow('401')
    const url = `${simulator.identity.endpoint}?api-version=2019-08-01`
    expect(await askIdentity(url, simulator.identity.header)).toMatchObject({ status: 400 })
    expect(await askIdentity(`${url}&resource=x`, null)).toMatchObject({ status: 401 })
    expect(simulator.counters.read()).toMatchObject({ identityRequests: 3, tokensIssued: 0 })
  })

  it('fails when it is told to', async () => {
    await using simulator = await startSimulator()
    simulator.identity.mode = { status: 500 }
    await expect(askForToken(simulator)).rejects.toThrow('500')
    simulator.identity.mode = 'ok'
    await askForToken(simulator)
  })
})

describe('tokens', () => {
  it('are refused without, with an unknown one, and for another audience', async () => {
    await using simulator = await startSimulator()
    const client = await createClient(simulator)
    const code = async (token: string | null) => {
      const { status, headers, json } = await client.get(SUBSCRIPTIONS, { token })
      expect(status).toBe(401)
      expect(headers['www-authenticate']).toMatch(/^Bearer authorization_uri=/)
      return json
    }
    const foreign = await askForToken(simulator, { resource: 'https://storage.azure.com' })
    expect(await code(null)).toMatchObject({ error: { code: 'AuthenticationFailed' } })
    expect(await code('x.y.z')).toMatchObject({ error: { code: 'InvalidAuthenticationToken' } })
    expect(await code(foreign.access_token)).toMatchObject({
      error: { code: 'InvalidAuthenticationTokenAudience' },
    })
  })

  it('expire by the clock of the simulator', async () => {
    const clock = createVirtualClock({ startAt: new Date('2026-11-23T09:00:00Z'), speed: 0 })
    await using simulator = await startSimulator({ clock, tokenLifetimeMs: 3_600_000 })
    const client = await createClient(simulator)
    clock.jumpTo(new Date('2026-11-23T09:59:59Z'))
    expect(await client.get(SUBSCRIPTIONS)).toMatchObject({ status: 200 })
    clock.jumpTo(new Date('2026-11-23T10:00:00Z'))
    expect(await client.get(SUBSCRIPTIONS)).toMatchObject({
      status: 401,
      json: { error: { code: 'ExpiredAuthenticationToken' } },
    })
  })

  it('can be revoked, and new ones had', async () => {
    await using simulator = await startSimulator()
    const client = await createClient(simulator)
    simulator.tokens.revokeAll()
    expect(await client.get(SUBSCRIPTIONS)).toMatchObject({ status: 401 })
    client.token = (await askForToken(simulator)).access_token
    expect(await client.get(SUBSCRIPTIONS)).toMatchObject({ status: 200 })
  })
})
