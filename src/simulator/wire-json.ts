/**
 * The wire: subscriptions, hosts and sessions as Azure's JSON writes them.
 *
 * Spellings vary on purpose where Azure's do: ARM ids differ in case between answers, and a
 * session's start is text in any of several forms.
 */

import type { EstateHost, EstateSession, EstateSubscription, StartTimeForm } from './estate.ts'
import { mixSeeds } from './random.ts'
import { TENANT_ID } from './tokens.ts'

/** @see https://learn.microsoft.com/rest/api/resources/subscriptions/list */
export function subscriptionJson({ subscriptionId, name, state }: EstateSubscription): object {
  return {
    id: `/subscriptions/${subscriptionId}`,
    authorizationSource: 'RoleBased',
    managedByTenants: [],
    subscriptionId,
    tenantId: TENANT_ID,
    displayName: name,
    state,
    subscriptionPolicies: {
      locationPlacementId: 'Internal_2014-09-01',
      quotaId: 'EnterpriseAgreement_2014-09-01',
      spendingLimit: 'Off',
    },
  }
}

/** @see https://learn.microsoft.com/rest/api/virtualnetwork/bastion-hosts/list */
export function hostJson(host: EstateHost): object {
  const { armId, subscriptionId, resourceGroup, name, features, scaleUnits } = host
  const network = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Network`
  const guid = (mixSeeds(host.hostId) >>> 0).toString(16).padStart(8, '0')
  const etag = `W/"${guid}-0000-0000-0000-000000000000"`
  const properties =
    host.sku === 'Developer'
      ? {
          dnsName: 'omnibrain.westeurope.bastionglobal.azure.com',
          ipConfigurations: [],
          networkAcls: { ipRules: [] },
          provisioningState: 'Succeeded',
          virtualNetwork: { id: `${network}/virtualNetworks/vnet-${name}` },
        }
      : {
          ...features,
          dnsName: `bst-${guid}.bastion.azure.com`,
          ipConfigurations: [
            {
              name: 'IpConf',
              type: 'Microsoft.Network/bastionHosts/bastionHostIpConfigurations',
              etag,
              id: `${armId}/bastionHostIpConfigurations/IpConf`,
              properties: {
                privateIPAllocationMethod: 'Dynamic',
                provisioningState: 'Succeeded',
                publicIPAddress: { id: `${network}/publicIPAddresses/pip-${name}` },
                subnet: { id: `${network}/virtualNetworks/vnet-hub/subnets/AzureBastionSubnet` },
              },
            },
          ],
          provisioningState: 'Succeeded',
          scaleUnits,
        }
  return {
    name,
    type: 'Microsoft.Network/bastionHosts',
    etag,
    id: armId,
    location: host.location,
    tags: host.tags,
    properties,
    sku: { name: host.sku },
  }
}

/**
 * A session, as it is told at a moment.
 *
 * @see https://learn.microsoft.com/rest/api/virtualnetwork/get-active-sessions
 */
export function sessionJson(session: EstateSession, at: Date): object {
  // Another spelling for every session, and another every few minutes.
  const spelling = mixSeeds(session.sessionId, Math.floor(at.getTime() / 420_000)) >>> 0
  const [, , subscriptionId = '', , resourceGroup = ''] = session.targetResourceId.split('/')
  return {
    resourceType: session.resourceType,
    sessionDurationInMins: Math.floor((at.getTime() - session.startAt.getTime()) / 60_000),
    sessionId: session.sessionId,
    startTime: writeStartTime(session.startAt, session.startTimeForm),
    targetHostName: session.targetHostName,
    targetIpAddress: session.targetIpAddress,
    targetResourceGroup: resourceGroup,
    targetResourceId: respell(session.targetResourceId, spelling),
    targetSubscriptionId: spelling % 5 === 0 ? subscriptionId.toUpperCase() : subscriptionId,
    userName: session.userName,
    protocol: session.protocol,
    ...session.extra,
  }
}

function respell(id: string, spelling: number): string {
  if (spelling % 7 === 0) return id.toLowerCase()
  if (spelling % 7 === 1) return id.replace('/resourceGroups/', '/resourcegroups/')
  return spelling % 7 === 2 ? id.toUpperCase() : id
}

/** A start in the given form; undefined, which JSON leaves out, for none. */
function writeStartTime(at: Date, form: StartTimeForm): string | number | undefined {
  return START_TIME[form](at, at.toISOString())
}

const START_TIME: Record<StartTimeForm, (at: Date, iso: string) => string | number | undefined> = {
  iso: (_, iso) => iso,
  seconds: (_, iso) => `${iso.slice(0, 19)}Z`,
  'seven-digits': (_, iso) => `${iso.slice(0, 23)}0000Z`,
  // Microsoft's own example: 2019-1-1T12:00:00.0000Z
  'short-date': (at, iso) =>
    `${at.getUTCFullYear()}-${at.getUTCMonth() + 1}-${at.getUTCDate()}T${iso.slice(11, 23)}0Z`,
  'no-zone': (_, iso) => iso.slice(0, 23),
  offset: (at) => `${new Date(at.getTime() + 7_200_000).toISOString().slice(0, 23)}+02:00`,
  'epoch-ms': (at) => at.getTime(),
  none: () => undefined,
}
