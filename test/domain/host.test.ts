import { describe, expect, it } from 'vitest'

import { WireFormatError } from '../../src/domain/errors.ts'
import { parseHost } from '../../src/domain/host.ts'

const id =
  '/subscriptions/0A000000-0000-4000-8000-000000000001/resourceGroups/RG-Hub/providers/Microsoft.Network/bastionHosts/Bas-Hub'

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth)
}

describe('parseHost', () => {
  it('reads what a listing says of a host', () => {
    const wire = {
      id,
      location: 'westeurope',
      sku: { name: 'Standard' },
      tags: { env: 'prod', cost: 7 },
      properties: {
        scaleUnits: 2,
        provisioningState: 'Succeeded',
        enableTunneling: true,
        disableCopyPaste: false,
        enableOdd: 'yes',
        dnsName: 'bst.example',
      },
    }
    expect(parseHost(wire)).toEqual({
      hostId: id.toLowerCase(),
      subscriptionId: '0a000000-0000-4000-8000-000000000001',
      resourceGroup: 'RG-Hub',
      name: 'Bas-Hub',
      location: 'westeurope',
      sku: 'Standard',
      scaleUnits: 2,
      provisioningState: 'Succeeded',
      features: { enableTunneling: true, disableCopyPaste: false },
      tags: { env: 'prod', cost: '7' },
    })
  })

  it.each<[string, object]>([
    ['missing', {}],
    ['null', { location: null, sku: null, tags: null, properties: null }],
    ['of another type', { location: 5, sku: 'Standard', tags: ['a'], properties: 'none' }],
    ['of another type inside', { sku: { name: 1 }, properties: { scaleUnits: '2' } }],
    ['beyond their column', { properties: { scaleUnits: 1e300 } }],
    ['half a unit', { properties: { scaleUnits: 1.5 } }],
  ])('needs nothing but the id: other fields %s', (_, others) => {
    expect(parseHost({ ...others, id })).toMatchObject({
      hostId: id.toLowerCase(),
      location: null,
      sku: null,
      scaleUnits: null,
      provisioningState: null,
      features: {},
      tags: {},
    })
  })

  it('keeps a tag of any type as JSON', () => {
    const wire: unknown = JSON.parse(
      `{ "id": "${id}", "tags": { "a": { "toString": 1 }, "b": null, "c": [1] } }`,
    )
    expect(parseHost(wire).tags).toEqual({ a: '{"toString":1}', b: 'null', c: '[1]' })
  })

  it('refuses one that nests too deeply to be written', () => {
    const wire: unknown = JSON.parse(`{ "id": "${id}", "tags": { "a": ${nested(20_000)} } }`)
    expect(() => parseHost(wire)).toThrow(WireFormatError)
  })

  it('keeps a tag of any name', () => {
    const wire: unknown = JSON.parse(`{ "id": "${id}", "tags": { "__proto__": "x" } }`)
    expect(Object.entries(parseHost(wire).tags)).toEqual([['__proto__', 'x']])
  })

  it.each([undefined, null, [], 'x', {}, { id: 1 }, { id: '/subscriptions/1' }])(
    'refuses what cannot be asked: %j',
    (wire) => {
      expect(() => parseHost(wire)).toThrow(/Cannot read (a|the) host/)
    },
  )
})
