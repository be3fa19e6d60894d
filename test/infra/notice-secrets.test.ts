import { describe, expect, it } from 'vitest'

import { ALERT_SETTINGS } from '../../src/domain/alert-settings.ts'
import { findAll, plant, readDeployment, replaceIn, resourcesOf, type Files } from './bicep-text.ts'

const files = readDeployment()
const MAIN = 'infra/main.bicep'
const VAULT = 'infra/modules/notice-secrets.bicep'

const secretSettings = Object.values(ALERT_SETTINGS)
  .filter((spec: { secret?: boolean }) => spec.secret)
  .map(({ env }) => env)

/** The secret settings, each with the parameter that it comes from. */
function given(of: Files): [setting: string, parameter: string][] {
  const [, body = ''] = /var noticeValues = \{\n([^}]*)\}/.exec(of.get(MAIN) ?? '') ?? []
  return [...body.matchAll(/(LEDGER_\w+): (\w+)/g)].map(([, setting = '', parameter = '']) => [
    setting,
    parameter,
  ])
}

/** Where a value that is secret could be seen. */
function leaks(of: Files): string[] {
  const main = of.get(MAIN) ?? ''
  const vault = of.get(VAULT) ?? ''
  const counts: [what: string, text: string, name: string, times: number][] = [
    // Where it is declared, and where it is put with the others.
    ...given(of).map(([, name]): [string, string, string, number] => [name, main, name, 2]),
    // Where it is made, where names are taken of it, and where it goes.
    ['noticeValues', main, 'noticeValues', 3],
    // Where it is declared, and where it is stored.
    ['values', vault, 'values', 2],
  ]
  return [
    ...counts.flatMap(([what, text, name, times]) => {
      const found = [...text.matchAll(new RegExp(String.raw`\b${name}\b`, 'g'))].length
      return found === times ? [] : [`${what}: ${found} times`]
    }),
    ...given(of).flatMap(([, name]) =>
      new RegExp(String.raw`@secure\(\)\nparam ${name} string = ''\n`).test(main)
        ? []
        : [`${name}: not secure`],
    ),
    ...(/@secure\(\)\nparam values object\n/.test(vault) ? [] : ['values: not secure']),
  ]
}

describe('secrets of notice destinations', () => {
  it('are secure parameters, all of them, and nothing else is', () => {
    expect(given(files).map(([setting]) => setting)).toEqual(secretSettings)
    expect(findAll(files, /@secure\(\)/g)).toHaveLength(secretSettings.length + 1)
  })

  it('are stored in the vault, and nowhere else', () => {
    expect(leaks(files)).toEqual([])
    const stored = resourcesOf(files, 'Microsoft.KeyVault/vaults/secrets')
    expect(stored.map(({ path }) => path)).toEqual([VAULT])
    expect(stored[0]?.body).toContain('value: values[setting]')
  })

  it.each([
    [
      replaceIn(files, MAIN, '@secure()\nparam notifyTeams', 'param notifyTeams'),
      'notifyTeams: not secure',
    ],
    [
      replaceIn(
        files,
        MAIN,
        'output WORKSPACE_NAME',
        'output TEAMS string = notifyTeams\noutput W',
      ),
      'notifyTeams: 3 times',
    ],
    [
      replaceIn(files, MAIN, 'settings: settings', 'settings: noticeValues'),
      'noticeValues: 4 times',
    ],
    [replaceIn(files, VAULT, '@secure()\n', ''), 'values: not secure'],
    [
      replaceIn(files, VAULT, 'output settings', 'output all object = values\noutput s'),
      'values: 3 times',
    ],
  ])('are noticed where they could be seen (%#)', (leaking, what) => {
    expect(leaks(leaking)).toContain(what)
  })

  it('are references in the settings of the app', () => {
    expect(findAll(files, /@Microsoft\.KeyVault\([^']*/g)).toEqual([
      `${VAULT}: @Microsoft.KeyVault(SecretUri=\${secretsUrl}/\${toLower(replace(setting,`,
    ])
    expect(files.get('infra/modules/app.bicep')).toContain('keyVaultReferenceIdentity: identityId')
    const planted = plant(files, "var s = '@Microsoft.KeyVault(VaultName=v)'")
    expect(findAll(planted, /@Microsoft\.KeyVault\([^']*/g)).toHaveLength(2)
  })

  it('need no vault where there are none', () => {
    expect(files.get(MAIN)).toMatch(/^module noticeSecrets .* = if \(!empty\(noticeNames\)\) \{$/m)
  })

  it('are in a vault that takes roles only, and keeps what is deleted', () => {
    const [vault] = resourcesOf(files, 'Microsoft.KeyVault/vaults')
    expect(vault?.body).toContain('enableRbacAuthorization: true')
    expect(vault?.body).toContain('enablePurgeProtection: true')
    expect(vault?.body).not.toContain('accessPolicies')
  })
})
