import { describe, expect, it } from 'vitest'

import { parseSettings } from '../../src/domain/parse-settings.ts'
import { SETTINGS } from '../../src/domain/settings.ts'
import { findAll, plant, readDeployment, replaceIn, type Files } from './bicep-text.ts'

const files = readDeployment()
const MAIN = 'infra/main.bicep'

/** Settings of the program that no deployment sets, and why. */
const NOT_IN_AZURE: Record<string, string> = {
  LEDGER_ARM_ENDPOINT: 'the address of the cloud follows from LEDGER_CLOUD',
  LEDGER_ARM_SCOPE: 'and so does the scope of its tokens',
  LEDGER_NOTIFY_FILE:
    "an instance's disk is gone with it, and its output is for everybody who reads logs",
  LEDGER_SCRATCH: "an instance's temporary folder is its only disk",
  LEDGER_STORAGE_CONNECTION_STRING: 'it is for Azurite; in Azure storage takes tokens only',
}

function ledgerNames(of: Files): Set<string> {
  return new Set(findAll(of, /\bLEDGER_[A-Z_]+\b/g).map((hit) => hit.replace(/^.*: /, '')))
}

/** What the deployment and the program do not agree on. */
function disagreements(of: Files): string[] {
  const known = new Set<string>(Object.values(SETTINGS).map(({ env }) => env))
  const set = ledgerNames(of)
  return [
    ...[...set].filter((name) => !known.has(name)).map((name) => `${name}: unknown to the program`),
    ...[...known]
      .filter((name) => !set.has(name) && NOT_IN_AZURE[name] === undefined)
      .map((name) => `${name}: not in the deployment`),
    ...Object.keys(NOT_IN_AZURE)
      .filter((name) => set.has(name) || !known.has(name))
      .map((name) => `${name}: wrongly said to be left out`),
  ]
}

describe("the program's settings", () => {
  it('are those of the deployment, and the other way round', () => {
    expect(disagreements(files)).toEqual([])
  })

  it.each([
    [
      plant(files, "var s = { LEDGER_INTERVALL: '5m' }"),
      'LEDGER_INTERVALL: unknown to the program',
    ],
    [
      replaceIn(files, 'infra/modules/app-settings.bicep', 'LEDGER_CONCURRENCY: string?', ''),
      'LEDGER_CONCURRENCY: not in the deployment',
    ],
    [
      plant(files, "var s = { LEDGER_ARM_ENDPOINT: 'https://localhost' }"),
      'LEDGER_ARM_ENDPOINT: wrongly said to be left out',
    ],
  ])('differ where one is wrong (%#)', (planted, message) => {
    expect(disagreements(planted)).toContain(message)
  })

  const [, cron, interval] =
    /ledgerSchedule = \{ cron: '([^']+)', interval: '([^']+)' \}/.exec(files.get(MAIN) ?? '') ?? []

  it('run as often as the program does by default', () => {
    expect({ cron, interval }).toEqual({
      cron: SETTINGS.schedule.default,
      interval: SETTINGS.intervalMs.default,
    })
  })

  const [, watch] = /watchSchedule string = '([^']+)'/.exec(files.get(MAIN) ?? '') ?? []

  it('ask the rules as often as the program does by default', () => {
    expect(watch).toBe(SETTINGS.watchSchedule.default)
  })

  it('are accepted as the deployment writes them', () => {
    const settings = parseSettings({
      LEDGER_CLOUD: 'public',
      LEDGER_WAREHOUSE: 'https://stledgerabcdefghijklm.blob.core.windows.net/warehouse',
      LEDGER_SCHEDULE: cron,
      LEDGER_INTERVAL: interval,
      LEDGER_WATCH_SCHEDULE: watch,
      LEDGER_CACHE_SIZE: '256MB',
      LEDGER_SUBSCRIPTIONS: '',
    })
    expect(settings.subscriptions).toEqual([])
  })
})

/** They belong to other plans: Flex Consumption refuses them, or breaks on them. */
const NOT_ON_FLEX = [
  'WEBSITE_RUN_FROM_PACKAGE',
  'FUNCTIONS_WORKER_RUNTIME',
  'FUNCTIONS_EXTENSION_VERSION',
  'WEBSITE_TIME_ZONE',
  'TZ',
  'WEBSITE_NODE_DEFAULT_VERSION',
  'WEBSITE_CONTENTAZUREFILECONNECTIONSTRING',
  'WEBSITE_CONTENTSHARE',
  'WEBSITE_VNET_ROUTE_ALL',
  'SCM_DO_BUILD_DURING_DEPLOYMENT',
  'ENABLE_ORYX_BUILD',
  'linuxFxVersion',
  'alwaysOn',
]

function notOnFlex(of: Files): string[] {
  return findAll(of, new RegExp(String.raw`\b(?:${NOT_ON_FLEX.join('|')})\b`, 'g'))
}

describe('settings of other plans', () => {
  it('are not there', () => {
    expect(notOnFlex(files)).toEqual([])
  })

  it.each(NOT_ON_FLEX)('are noticed: %s', (name) => {
    expect(notOnFlex(plant(files, `var s = { ${name}: 'x' }`))).toEqual([
      `infra/planted.bicep: ${name}`,
    ])
  })
})
