// Bastion Ledger in Azure: all of it, in a resource group of its own.
//
//   azd up                                                     (azure.yaml)
//   az deployment sub create --location REGION --template-file infra/main.bicep \
//     --parameters environmentName=NAME location=REGION        (docs/deploy.md)
targetScope = 'subscription'

import { ledgerSchedule, ledgerSettings } from 'modules/app-settings.bicep'

@description('Name of the deployment, as prod: letters, digits and hyphens. Part of every resource\'s name.')
@minLength(1)
@maxLength(20)
param environmentName string

@description('Region of every resource. It must have Flex Consumption: az functionapp list-flexconsumption-locations.')
@minLength(1)
@metadata({ azd: { type: 'location' } })
param location string

@description('Added to the tags of every resource.')
param tags object = {}

// What is watched

@description('Ids of the subscriptions whose hosts are watched: the collector gets its role there. []: none, where session-reader.bicep gives it over a management group.')
param readSubscriptions string[] = [subscription().subscriptionId]

@description('When the collector runs.')
param schedule ledgerSchedule = { cron: '0 */5 * * * *', interval: '5m' }

@description('Further settings of the program.')
param settings ledgerSettings = {}

// Alerts

@description('When the rules are asked and notices are sent: a cron expression of six fields, in UTC. At least every five minutes.')
param watchSchedule string = '0 * * * * *'

@description('A webhook that takes notices in Alertmanager\'s form. Empty: none.')
@secure()
param notifyWebhook string = ''

@description('The key that signs what is sent to the webhook: whsec_ and 24 to 64 bytes in base64. Empty: not signed.')
@secure()
param notifyWebhookKey string = ''

@description('A receiver of CloudEvents. Empty: none.')
@secure()
param notifyCloudevents string = ''

@description('The URL of a Teams workflow that posts a card into a channel. Empty: none.')
@secure()
param notifyTeams string = ''

@description('The URL of a Slack incoming webhook. Empty: none.')
@secure()
param notifySlack string = ''

@description('The integration key of a PagerDuty service. Empty: none.')
@secure()
param notifyPagerduty string = ''

// The app

@description('Major version of Node.js.')
@allowed(['22', '24'])
param nodeVersion string = '24'

@description('Memory of one instance, in MB. The price of a run grows with it.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('How many instances there may be at most. 40 is the least that Azure takes; how many there are follows the queue.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Client id of an app registration. Given, all HTTP but /api/health needs sign-in. This version has nothing else to show.')
param signInClientId string = ''

// The evidence

@description('Days in which no file can be deleted or overwritten by anyone. 0: no policy. The policy is left unlocked.')
@minValue(0)
@maxValue(146000)
param immutabilityDays int = 30

@description('You have locked the immutability policy by hand: deployments leave it alone.')
param immutabilityLocked bool = false

@description('Days in which deleted files can be brought back.')
@minValue(1)
@maxValue(365)
param keepDeletedDays int = 30

@description('A delete lock on the warehouse account. It has to be removed before the resource group can be.')
param lockWarehouse bool = true

@description('Logs who read which file of the warehouse.')
param logReads bool = true

@description('Object id of a person, or better a group, that may read the warehouse. Empty: nobody but the collector.')
param readerPrincipalId string = ''

@description('Object id of a person, group or identity that may delete from the warehouse what its policy has released. Empty: nobody.')
param keeperPrincipalId string = ''

// Around it

@description('Three copies in three zones, of both storage accounts and the app. Decide before the first deployment.')
param zoneRedundant bool = false

@description('A virtual network, private endpoints for storage, and no public access to it. Then the warehouse can be read from that network only.')
param privateNetwork bool = false

@description('Address space of the virtual network, at least a /26.')
param addressPrefix string = '10.83.0.0/26'

@description('Resource id of a NAT gateway for the app\'s outbound traffic. Empty: Azure\'s default outbound access.')
param natGatewayId string = ''

@description('Who gets mail when the collector is silent or fails. Empty: alerts are seen in the portal only.')
param alertEmail string = ''

@description('How long the collector may be silent before there is an alert. At least three times the interval.')
@allowed(['PT15M', 'PT30M', 'PT45M', 'PT1H', 'PT2H', 'PT3H', 'PT6H', 'P1D'])
param silentAfter string = 'PT15M'

@description('Alerts when nothing was compacted in 26 hours.')
param watchCompaction bool = true

@description('Alerts when the rules were not asked for 15 minutes, and when a notice was lost.')
param watchRules bool = true

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Gigabytes of logs a day, after which they are dropped until the next day. 0: no limit.')
@minValue(0)
param logDailyQuotaGb int = 1

@description('Monthly budget of the resource group, in the currency of the bill. 0: none. Needs budgetStart.')
@minValue(0)
param budgetAmount int = 0

@description('The first day of the month in which the budget is first deployed, as 2026-12-01. Keep it: Azure refuses to change it.')
param budgetStart string = ''

var token = uniqueString(subscription().id, environmentName, location)
var suffix = '${environmentName}-${token}'
var allTags = union(tags, { app: 'bastion-ledger', 'azd-env-name': environmentName })
// The program names it: src/functions/shard-queue.ts.
var queueName = 'collect-shard'
var storageHost = environment().suffixes.storage
var watched = union(map(readSubscriptions, id => toLower(id)), []) // each once

var noticeValues = {
  LEDGER_NOTIFY_WEBHOOK: notifyWebhook
  LEDGER_NOTIFY_WEBHOOK_KEY: notifyWebhookKey
  LEDGER_NOTIFY_CLOUDEVENTS: notifyCloudevents
  LEDGER_NOTIFY_TEAMS: notifyTeams
  LEDGER_NOTIFY_SLACK: notifySlack
  LEDGER_NOTIFY_PAGERDUTY: notifyPagerduty
}
var noticeNames = map(filter(items(noticeValues), one => !empty(one.value)), one => one.key)

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-bastion-ledger-${environmentName}'
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: { name: 'id-${suffix}', location: location, tags: allTags }
}

module role 'modules/session-reader-role.bicep' = if (!empty(watched)) {
  name: 'session-reader-role-${token}'
  params: { suffix: suffix, subscriptionIds: watched }
}

module readers 'modules/session-reader-assignment.bicep' = [
  for id in watched: {
    name: 'session-reader-${token}'
    scope: subscription(id)
    params: {
      roleName: role!.outputs.name
      principalId: identity.outputs.principalId
    }
  }
]

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    workspaceName: 'log-${suffix}'
    insightsName: 'appi-${suffix}'
    location: location
    tags: allTags
    retentionDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
    principalId: identity.outputs.principalId
  }
}

module appStorage 'modules/app-storage.bicep' = {
  name: 'app-storage'
  scope: group
  params: {
    name: 'stapp${token}'
    location: location
    tags: allTags
    zoneRedundant: zoneRedundant
    isPrivate: privateNetwork
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
    queueName: queueName
  }
}

module warehouse 'modules/warehouse.bicep' = {
  name: 'warehouse'
  scope: group
  params: {
    name: 'stledger${token}'
    location: location
    tags: allTags
    containerName: 'warehouse'
    zoneRedundant: zoneRedundant
    isPrivate: privateNetwork
    immutabilityDays: immutabilityDays
    immutabilityLocked: immutabilityLocked
    keepDeletedDays: keepDeletedDays
    lock: lockWarehouse
    logReads: logReads
    workspaceId: monitoring.outputs.workspaceId
  }
}

module warehouseRoles 'modules/warehouse-roles.bicep' = {
  name: 'warehouse-roles'
  scope: group
  params: {
    accountName: warehouse.outputs.name
    containerName: warehouse.outputs.containerName
    suffix: suffix
    collectorId: identity.outputs.principalId
    keeperId: keeperPrincipalId
    readerId: readerPrincipalId
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: 'network'
  scope: group
  params: {
    name: 'vnet-${suffix}'
    location: location
    tags: allTags
    addressPrefix: addressPrefix
    natGatewayId: natGatewayId
    storageHosts: ['blob.${storageHost}', 'queue.${storageHost}', 'table.${storageHost}']
  }
}

var endpoints = [
  { account: 'warehouse', service: 'blob' }
  { account: 'app', service: 'blob' }
  { account: 'app', service: 'queue' }
  { account: 'app', service: 'table' }
]

module privateEndpoints 'modules/private-endpoint.bicep' = [
  for one in endpoints: if (privateNetwork) {
    name: 'private-endpoint-${one.account}-${one.service}'
    scope: group
    params: {
      name: 'pe-${one.account}-${one.service}-${suffix}'
      location: location
      tags: allTags
      accountId: one.account == 'warehouse' ? warehouse.outputs.id : appStorage.outputs.id
      service: one.service
      subnetId: network!.outputs.endpointSubnetId
      host: '${one.service}.${storageHost}'
    }
  }
]

module noticeSecrets 'modules/notice-secrets.bicep' = if (!empty(noticeNames)) {
  name: 'notice-secrets'
  scope: group
  params: {
    name: 'kvledger${token}'
    location: location
    tags: allTags
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
    settingNames: noticeNames
    values: noticeValues
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  scope: group
  params: {
    name: 'func-${suffix}'
    planName: 'plan-${suffix}'
    location: location
    tags: allTags
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    zoneRedundant: zoneRedundant
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    blobEndpoint: appStorage.outputs.blobEndpoint
    queueEndpoint: appStorage.outputs.queueEndpoint
    tableEndpoint: appStorage.outputs.tableEndpoint
    packageUrl: appStorage.outputs.packageUrl
    warehouseUrl: warehouse.outputs.url
    schedule: schedule
    watchSchedule: watchSchedule
    settings: settings
    noticeSettings: empty(noticeNames) ? {} : noticeSecrets!.outputs.settings
    insightsConnection: monitoring.outputs.insightsConnection
    workspaceId: monitoring.outputs.workspaceId
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    hasSignIn: !empty(signInClientId)
  }
  dependsOn: [warehouseRoles, privateEndpoints]
}

module signIn 'modules/sign-in.bicep' = if (!empty(signInClientId)) {
  name: 'sign-in'
  scope: group
  params: { appName: app.outputs.name, clientId: signInClientId }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    tags: allTags
    prefix: 'alert-${suffix}'
    actionGroupName: 'ag-${suffix}'
    email: alertEmail
    workspaceId: monitoring.outputs.workspaceId
    appName: app.outputs.name
    queueName: queueName
    silentAfter: silentAfter
    watchCompaction: watchCompaction
    watchRules: watchRules
  }
}

module budget 'modules/budget.bicep' = if (budgetAmount > 0 && !empty(budgetStart)) {
  name: 'budget'
  scope: group
  params: {
    name: 'budget-${suffix}'
    amount: budgetAmount
    start: budgetStart
    actionGroupId: alerts.outputs.actionGroupId
  }
}

@description('The resource group of everything.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Name of the Function app.')
output FUNCTION_APP_NAME string = app.outputs.name

@description('The one public address: versions, and the age of the last run.')
output HEALTH_URL string = 'https://${app.outputs.hostName}/api/health'

@description('The warehouse: the value of LEDGER_WAREHOUSE on any machine that reads it.')
output LEDGER_WAREHOUSE string = warehouse.outputs.url

@description('Name of the warehouse account.')
output WAREHOUSE_ACCOUNT string = warehouse.outputs.name

@description('Object id of the collector\'s identity, for roles in further subscriptions or over a management group.')
output IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId

@description('The Log Analytics workspace.')
output WORKSPACE_NAME string = monitoring.outputs.workspaceName
