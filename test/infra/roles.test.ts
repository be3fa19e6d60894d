import { describe, expect, it } from 'vitest'

import {
  findAll,
  plant,
  readDeployment,
  replaceIn,
  resourcesOf,
  stringsAfter,
  type Files,
} from './bicep-text.ts'

const files = readDeployment()
const ACTIONS = 'infra/modules/session-reader-actions.bicep'
const ROLES = 'infra/modules/warehouse-roles.bicep'

const READS_SESSIONS = [
  'Microsoft.Network/bastionHosts/read',
  'Microsoft.Network/bastionHosts/getactivesessions/action',
  'Microsoft.Network/locations/operationResults/read',
  'Microsoft.Network/locations/operations/read',
  'Microsoft.Resources/subscriptions/read',
  'Microsoft.Resources/subscriptions/resourceGroups/read',
]

/** Built-in roles that are given, by their ids. */
const BUILT_IN: Record<string, string> = {
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': 'Storage Blob Data Owner',
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88': 'Storage Queue Data Contributor',
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': 'Storage Table Data Contributor',
  '3913510d-42f4-4e42-8a64-420c390055eb': 'Monitoring Metrics Publisher',
  '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1': 'Storage Blob Data Reader',
  'ac63b705-f282-497d-ac71-919bf39d939d': 'Management Group Reader',
  '4633458b-17de-408a-b874-0445c86b69e6': 'Key Vault Secrets User',
}

function sessionActions(of: Files): string[] {
  return stringsAfter(of.get(ACTIONS) ?? '', 'var sessionReaderActions =')
}

/** What the custom roles allow, in the words of their files. */
function customRoles(of: Files): string[] {
  return resourcesOf(of, 'Microsoft.Authorization/roleDefinitions').map(({ path, body }) => {
    const lines = [...body.matchAll(/^\s*(actions|dataActions): (.*)$/gm)]
    return `${path}: ${lines.map(([, kind, value]) => `${kind} ${value}`).join(', ')}`
  })
}

function roleIds(of: Files): string[] {
  const ids = findAll(of, /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/gi)
  return [...new Set(ids.map((id) => id.replace(/^.*: /, '').toLowerCase()))].toSorted()
}

describe('the role in the subscriptions', () => {
  it('has exactly these actions', () => {
    expect(sessionActions(files)).toEqual(READS_SESSIONS)
  })

  it('only looks', () => {
    const acts = sessionActions(files).filter((action) => !action.endsWith('/read'))
    expect(acts).toEqual(['Microsoft.Network/bastionHosts/getactivesessions/action'])
    expect(sessionActions(files).join()).not.toMatch(/\*|write|delete|disconnect|share/i)
  })

  it.each([
    'Microsoft.Network/bastionHosts/disconnectactivesessions/action',
    'Microsoft.Network/bastionHosts/createShareableLinks/action',
    'Microsoft.Network/bastionHosts/*',
    'Microsoft.Network/bastionHosts/write',
  ])('is not the same with %s', (action) => {
    const more = replaceIn(files, ACTIONS, '= [', `= [\n  '${action}'`)
    expect(sessionActions(more)).not.toEqual(READS_SESSIONS)
  })
})

describe('custom roles', () => {
  it('allow this, and there are no others', () => {
    expect(customRoles(files).toSorted()).toEqual([
      'infra/modules/session-reader-role.bicep: actions sessionReaderActions, dataActions []',
      `${ROLES}: actions [], dataActions ['\${blobs}/read', '\${blobs}/add/action']`,
      `${ROLES}: actions [], dataActions ['\${blobs}/read', '\${blobs}/delete']`,
      'infra/session-reader.bicep: actions sessionReaderActions, dataActions []',
    ])
    expect(files.get(ROLES)).toContain(
      "var blobs = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs'",
    )
  })

  it.each([
    ["'${blobs}/add/action'", "'${blobs}/write'"],
    ["'${blobs}/add/action'", "'${blobs}/add/action', '${blobs}/delete'"],
    ['actions: []', "actions: ['*']"],
  ])('are not the same with %s changed into %s', (from, to) => {
    expect(customRoles(replaceIn(files, ROLES, from, to))).not.toEqual(customRoles(files))
  })

  it('give the collector the one that cannot delete', () => {
    const [collector] = resourcesOf(files, 'Microsoft.Authorization/roleAssignments').filter(
      ({ body }) => body.startsWith('resource collector '),
    )
    expect(collector?.body).toMatch(/roleDefinitionId: writer\.id\n\s*principalId: collectorId/)
    expect(findAll(files, /principalId: collectorId/g)).toHaveLength(1)
  })
})

describe('built-in roles', () => {
  it('are these and no others', () => {
    expect(roleIds(files)).toEqual(Object.keys(BUILT_IN).toSorted())
  })

  it.each([
    ['Owner', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'],
    ['Contributor', 'B24988AC-6180-42A0-AB88-20F7382DD24C'],
    ['Storage Blob Data Contributor', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'],
  ])('do not include %s', (_name, id) => {
    expect(roleIds(plant(files, `var role = '${id}'`))).not.toEqual(roleIds(files))
  })
})
