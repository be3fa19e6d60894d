import { describe, expect, it } from 'vitest'

import { findAll, plant, readDeployment, replaceIn, resourcesOf, type Files } from './bicep-text.ts'

const files = readDeployment()

/** What would be a secret, or a way to one. */
const FORBIDDEN: [what: string, pattern: RegExp, plant: string][] = [
  ['account keys', /\.?\blist[A-Z]\w*\s*\(/g, 'var key = account.listKeys().keys[0].value'],
  ['keys by the older function', /\blistKeys\b/gi, "var key = listKeys(id, '2025-08-01')"],
  ['a SAS of an account', /\blistAccountSas\b/gi, 'output sas string = account.listAccountSas()'],
  ['a SAS in a text', /[?&]sig=/g, "param url string = 'https://a/b?sv=2024&sig=x'"],
  [
    'a connection string',
    /AccountKey=|SharedAccessKey|EndpointsProtocol=/gi,
    "var c = 'AccountKey=x'",
  ],
  [
    'a connection string by its setting',
    /\bAzureWebJobsStorage\b(?!__)/g,
    "var s = { AzureWebJobsStorage: 'UseDevelopmentStorage=true' }",
  ],
  [
    'a package that is read with a key',
    /StorageAccountConnectionString/gi,
    "var a = { type: 'StorageAccountConnectionString' }",
  ],
  ['a password', /password|passphrase/gi, "var adminPassword = 'x'"],
  ['a secret taken out of Key Vault', /\bgetSecret\(/g, "var s = vault.getSecret('x')"],
  [
    'a client secret',
    /clientSecret(?!SettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID')\w*/gi,
    "var r = { clientSecretSettingName: 'MICROSOFT_PROVIDER_AUTHENTICATION_SECRET' }",
  ],
  ['shared keys', /allowSharedKeyAccess: (?!false)\S+/g, 'var p = { allowSharedKeyAccess: true }'],
  [
    'blobs for everybody',
    /allowBlobPublicAccess: (?!false)\S+/g,
    'var p = { allowBlobPublicAccess: true }',
  ],
  ['a container for everybody', /publicAccess: '(?!None)\w+'/g, "var p = { publicAccess: 'Blob' }"],
  ['keys for telemetry', /disableLocalAuth: (?!true)\S+/gi, 'var p = { DisableLocalAuth: false }'],
]

describe('the deployment', () => {
  it.each(FORBIDDEN)('has no %s', (_what, pattern, planted) => {
    expect(findAll(files, pattern)).toEqual([])
    expect(findAll(plant(files, planted), pattern)).toHaveLength(1)
  })

  it('does not find what only a comment says', () => {
    expect(
      findAll(
        plant(files, '// never listKeys()\n/* allowSharedKeyAccess: true */'),
        /listKeys|true/g,
      ),
    ).toEqual(findAll(files, /listKeys|true/g))
  })
})

/** Connection strings are for telemetry only, where they open nothing. */
function connectionStrings(of: Files): string[] {
  return findAll(of, /[\w.]*connection_?string\w*/gi).map((hit) => hit.replace(/^.*: /, ''))
}

describe('the connection string of Application Insights', () => {
  it('is the only one', () => {
    expect(connectionStrings(files).toSorted()).toEqual([
      'APPLICATIONINSIGHTS_CONNECTION_STRING',
      'insights.properties.ConnectionString',
    ])
    const more = plant(files, 'var text = storage.properties.connectionString')
    expect(connectionStrings(more)).toHaveLength(3)
  })

  it('opens nothing, since only tokens do', () => {
    const [insights] = resourcesOf(files, 'Microsoft.Insights/components')
    expect(insights?.body).toContain('DisableLocalAuth: true')
  })
})

/** What a storage account does not say about its doors. */
function openDoors(of: Files): string[] {
  const closed = [
    'allowBlobPublicAccess: false',
    'allowSharedKeyAccess: false',
    'allowCrossTenantReplication: false',
    "minimumTlsVersion: 'TLS1_2'",
    'supportsHttpsTrafficOnly: true',
  ]
  return resourcesOf(of, 'Microsoft.Storage/storageAccounts').flatMap(({ path, body }) =>
    closed.filter((line) => !body.includes(line)).map((line) => `${path}: ${line}`),
  )
}

describe('a storage account', () => {
  it('says that its doors are closed: left out, some are open', () => {
    expect(resourcesOf(files, 'Microsoft.Storage/storageAccounts')).toHaveLength(2)
    expect(openDoors(files)).toEqual([])
    const path = 'infra/modules/warehouse.bicep'
    expect(openDoors(replaceIn(files, path, '    allowSharedKeyAccess: false\n', ''))).toEqual([
      `${path}: allowSharedKeyAccess: false`,
    ])
  })
})
