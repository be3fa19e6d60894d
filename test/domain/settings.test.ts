import { describe, expect, it } from 'vitest'

import { LedgerError } from '../../src/domain/errors.ts'
import { parseSettings } from '../../src/domain/parse-settings.ts'
import { armOf, SETTING_NAMES, SETTINGS } from '../../src/domain/settings.ts'

function failure(run: () => unknown): LedgerError {
  try {
    run()
  } catch (error) {
    if (error instanceof LedgerError) return error
    throw error
  }
  throw new Error('Nothing was thrown')
}

describe('parseSettings', () => {
  it('has a default for everything', () => {
    expect(parseSettings({})).toMatchObject({
      warehouse: './warehouse',
      cloud: 'public',
      concurrency: 64,
      requestTimeoutMs: 15_000,
      hostTimeoutMs: 60_000,
      runDeadlineMs: 240_000,
      maxResponseBytes: 32 * 1024 ** 2,
      subscriptions: [],
      armEndpoint: null,
    })
  })

  it('lets a flag win over the environment', () => {
    const env = { LEDGER_CONCURRENCY: '8' }
    expect(parseSettings(env).concurrency).toBe(8)
    expect(parseSettings(env, { concurrency: '9' }).concurrency).toBe(9)
  })

  it('splits lists at commas', () => {
    expect(parseSettings({ LEDGER_SUBSCRIPTIONS: ' a, b* ,, ' }).subscriptions).toEqual(['a', 'b*'])
  })

  it.each([
    [{ LEDGER_CONCURRENCY: '0' }, '"0" for LEDGER_CONCURRENCY', 'from 1 to 1000'],
    [{ LEDGER_CONCURRENCY: 'many' }, '"many"', 'whole number'],
    [{ LEDGER_CONCURRENCY: '' }, '"" for LEDGER_CONCURRENCY', 'whole number'],
    [{ LEDGER_REQUEST_TIMEOUT: '15' }, '"15" for LEDGER_REQUEST_TIMEOUT', '90s'],
    [{ LEDGER_HOST_TIMEOUT: '99d' }, '"99d"', '1h'],
    [{ LEDGER_CLOUD: 'azure' }, '"azure"', 'public, usgov or china'],
    [{ LEDGER_ARM_ENDPOINT: 'http://127.0.0.1' }, 'LEDGER_ARM_ENDPOINT', 'https'],
    [{ LEDGER_ARM_SCOPE: 'everything' }, 'LEDGER_ARM_SCOPE', '/.default'],
    [{ LEDGER_WAREHOUSE: 's3://bucket' }, 'LEDGER_WAREHOUSE', 'folder'],
    [{ LEDGER_MAX_RESPONSE: '32' }, 'LEDGER_MAX_RESPONSE', '32MiB'],
    [{ LEDGER_CONCURENCY: '8' }, 'LEDGER_CONCURENCY', 'none of that name'],
  ])('refuses %j, naming it and what is allowed', (env, named, allowed) => {
    const { code, message } = failure(() => parseSettings(env))
    expect(code).toBe('usage')
    expect(message).toContain(named)
    expect(message).toContain(allowed)
    expect(message).not.toContain('\n')
  })

  it('names the flag where the flag was wrong', () => {
    const { message } = failure(() => parseSettings({}, { concurrency: 'x' }))
    expect(message).toContain('--concurrency')
  })

  it('gives every setting a name of its own and a sentence', () => {
    const specs = SETTING_NAMES.map((name) => SETTINGS[name])
    expect(new Set(specs.map(({ env }) => env)).size).toBe(specs.length)
    expect(new Set(specs.map(({ flag }) => flag)).size).toBe(specs.length)
    for (const { doc } of specs) expect(doc).toMatch(/\.$/)
  })
})

describe('armOf', () => {
  it('changes the endpoint and the scope together', () => {
    expect(armOf(parseSettings({ LEDGER_CLOUD: 'usgov' }))).toEqual({
      endpoint: 'https://management.usgovcloudapi.net',
      scope: 'https://management.usgovcloudapi.net/.default',
      authorityHost: 'https://login.microsoftonline.us',
    })
  })
})
