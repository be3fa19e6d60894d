import { describe, expect, it } from 'vitest'

import type { Inspection } from '../../../src/domain/edges.ts'
import { fakeAzure, type FakeSubscription } from '../fake-connection.ts'
import { whole } from './collecting.ts'
import { doctor } from './examining.ts'

/** Takes down which hosts were asked. */
function probed(asked: string[]): Partial<Inspection> {
  return {
    async probeHost(host) {
      asked.push(host.hostId)
      return {
        outcome: 'ok',
        responseShape: 'array',
        requests: 1,
        exchanges: [
          {
            method: 'POST',
            to: 'getActiveSessions',
            status: 200,
            failure: null,
            headers: {},
            body: ['list of 0'],
          },
        ],
      }
    },
  }
}

describe('doctor --probe', () => {
  it('asks the first host, and prints nothing but the form of its answer', async () => {
    const asked: string[] = []
    const { code, out, err } = await doctor(['--probe'], { inspection: probed(asked) })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(asked).toEqual([expect.stringMatching(/\/bas-0$/)])
    const document = JSON.parse(out)
    expect(document).toMatchObject({
      program: expect.stringMatching(/^bastion-ledger \d/),
      outcome: 'ok',
      response_shape: 'array',
      exchanges: [{ to: 'getActiveSessions', status: 200, body: ['list of 0'] }],
    })
    expect(out).not.toContain('bas-0')
  })

  it.each([
    ['bas-2', /\/bas-2$/],
    ['BAS-3', /\/bas-3$/],
    [
      '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Network/bastionHosts/Bas-9',
      /^\/subscriptions\/s\/.*\/bas-9$/,
    ],
  ])('asks %s', async (host, id) => {
    const asked: string[] = []
    await doctor(['--probe', host], { inspection: probed(asked) })
    expect(asked).toEqual([expect.stringMatching(id)])
  })

  it('exits with 3 where the host did not answer', async () => {
    const { code, out } = await doctor(['--probe'], {
      inspection: {
        probeHost: async () => ({
          outcome: 'denied',
          responseShape: null,
          requests: 1,
          exchanges: [],
        }),
      },
    })
    expect(code).toBe(3)
    expect(JSON.parse(out)).toMatchObject({ outcome: 'denied' })
  })

  it.each<[number, string, string, FakeSubscription[]]>([
    [1, 'bas-77', 'no host in scope has this name', whole],
    [1, '/subscriptions/x', 'not the id of a Bastion host', whole],
    [5, 'any', 'none can be listed', [{ name: 'Empty' }]],
  ])('exits with %d for %s: %s', async (expected, host, words, subscriptions) => {
    const { code, out, err } = await doctor(['--probe', host], { azure: fakeAzure(subscriptions) })
    expect({ code, out }).toEqual({ code: expected, out: '' })
    expect(err).toContain(words)
  })
})
