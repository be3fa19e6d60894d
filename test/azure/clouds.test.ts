import { describe, expect, it } from 'vitest'

import { connect } from '../../src/connect.ts'
import { CLOUDS } from '../../src/domain/cloud.ts'
import { parseSettings } from '../../src/domain/parse-settings.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'

const never = new AbortController().signal

/** Connects as a process with these settings would; only the address is the simulator's. */
function connectTo(simulator: Simulator, settings: Record<string, string>) {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = simulator.env
  Object.assign(process.env, { IDENTITY_ENDPOINT, IDENTITY_HEADER })
  const env = { LEDGER_ARM_ENDPOINT: simulator.endpoint, ...settings }
  return connect(parseSettings(env), { ca: simulator.ca })
}

describe('connect, to another cloud', () => {
  it.each(['public', 'usgov', 'china'] as const)(
    'asks for tokens of its own: %s',
    async (cloud) => {
      await using simulator = await startSimulator({ estate: createEstateByHand([{}]) })
      await using connection = connectTo(simulator, { LEDGER_CLOUD: cloud })
      // Resource Manager refuses a token for another audience: the scope is not taken from the address.
      await expect(connection.azure.listSubscriptions(never)).rejects.toMatchObject({
        code: 'no_permission',
        message: expect.stringContaining(CLOUDS[cloud].armEndpoint),
        hint: expect.stringContaining('LEDGER_CLOUD'),
      })
      expect(new Set(simulator.identity.resources)).toEqual(new Set([CLOUDS[cloud].armEndpoint]))
    },
  )

  it('asks for the scope that is set', async () => {
    await using simulator = await startSimulator({ estate: createEstateByHand([{ name: 'Hub' }]) })
    await using connection = connectTo(simulator, {
      LEDGER_CLOUD: 'usgov',
      LEDGER_ARM_SCOPE: simulator.scope,
    })
    expect(await connection.azure.listSubscriptions(never)).toMatchObject([{ name: 'Hub' }])
    expect(new Set(simulator.identity.resources)).toEqual(new Set([simulator.endpoint]))
  })
})
