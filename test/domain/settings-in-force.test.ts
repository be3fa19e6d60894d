import { describe, expect, it } from 'vitest'

import { settingInForce, settingsInForce } from '../../src/domain/settings-in-force.ts'

describe('settingsInForce', () => {
  it('tells who set each', () => {
    const env = { LEDGER_CONCURRENCY: '8', LEDGER_CLOUD: 'usgov' }
    const settings = settingsInForce(env, { concurrency: '9' })
    const of = (name: string) => settings.find((one) => one.name === name)
    expect(of('LEDGER_CONCURRENCY')).toMatchObject({ value: '9', from: 'flag' })
    expect(of('LEDGER_CLOUD')).toMatchObject({ value: 'usgov', from: 'environment' })
    expect(of('LEDGER_INTERVAL')).toMatchObject({ value: '5m', from: 'default' })
    expect(of('LEDGER_ARM_SCOPE')).toMatchObject({ value: null, from: 'default' })
  })

  it('never shows a secret', () => {
    const spec = { env: 'LEDGER_KEY', flag: 'key', default: null, secret: true }
    const shown = [
      settingInForce(spec, {}, 'kanarie'),
      settingInForce(spec, { LEDGER_KEY: 'kanarie' }, undefined),
      settingInForce(spec, {}, undefined),
    ]
    expect(shown.map(({ value, hidden, from }) => [value, hidden, from])).toEqual([
      [null, true, 'flag'],
      [null, true, 'environment'],
      [null, false, 'default'],
    ])
  })
})
