import type { GetTokenOptions, TokenCredential } from '@azure/core-auth'
import { expect, describe, it } from 'vitest'

import { openCredential } from '../../src/azure/credential.ts'
import { openSource } from '../../src/azure/source.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { systemClock } from '../../src/system/clock.ts'
import { fixedDice } from '../fakes.ts'
import { hostOf, QUICK } from '../simulated.ts'

const estate = createEstateByHand([{ hosts: [{ name: 'bas-idle' }] }])
const host = hostOf(estate.hosts[0]!)
const signal = new AbortController().signal

/** The real credential, and what it was asked for. */
function watched(): { credential: TokenCredential; asked: GetTokenOptions[] } {
  const real = openCredential('https://login.microsoftonline.com')
  const asked: GetTokenOptions[] = []
  return {
    asked,
    credential: {
      getToken(scopes, options = {}) {
        asked.push(options)
        return real.getToken(scopes, options)
      },
    },
  }
}

describe('createSigning', () => {
  it('leaves the challenge of a 401 to the SDK, whoever signed the request', async () => {
    await using simulator = await startSimulator({ estate })
    Object.assign(process.env, simulator.env)
    const { credential, asked } = watched()
    using source = openSource(
      { clock: systemClock, dice: fixedDice(), credential },
      { ...QUICK, ...simulator, userAgent: 'bastion-ledger/test', requestTimeoutMs: 5000 },
    )
    expect(await source.pollHost(host, signal)).toMatchObject({ outcome: 'ok' })
    expect(await source.pollHost(host, signal)).toMatchObject({ outcome: 'ok' })
    expect(asked).toHaveLength(1)

    const claims = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'
    const challenge = `Bearer realm="", error="insufficient_claims", claims="${btoa(claims)}"`
    simulator.faults.add({
      times: 1,
      request: 'sessions',
      answer: { kind: 'raw', status: 401, body: '', headers: { 'www-authenticate': challenge } },
    })
    expect(await source.pollHost(host, signal)).toMatchObject({ outcome: 'ok', requests: 1 })
    expect(asked.map((options) => options.claims)).toEqual([undefined, claims])
  })
})
