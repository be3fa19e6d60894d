// The Function app, on Flex Consumption.
//
// No setting holds a secret: storage, telemetry and Azure are reached with the identity's tokens, and
// what notices are sent to is a reference to a vault.
// Runtime, memory and package are properties of the app here. The settings by which other plans are
// told the same are not for Flex Consumption, and some of them break it:
// https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations

import { ledgerSchedule, ledgerSettings } from 'app-settings.bicep'

@description('Name of the Function app: part of its host name, so unique in Azure.')
@minLength(2)
@maxLength(60)
param name string

param planName string
param location string
param tags object

@description('Major version of Node.js.')
@allowed(['22', '24'])
param nodeVersion string

@description('Memory of one instance, in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int

@description('How many instances there may be at most.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int

param zoneRedundant bool

@description('Resource id, and client id, of the identity that the app runs under.')
param identityId string
param identityClientId string

@description('The app\'s own storage.')
param blobEndpoint string
param queueEndpoint string
param tableEndpoint string
param packageUrl string

@description('URL of the warehouse\'s container.')
param warehouseUrl string

param schedule ledgerSchedule
param watchSchedule string
param settings ledgerSettings

@description('References to the secrets of notice destinations, by the name of the setting.')
param noticeSettings object

@description('Where telemetry goes.')
param insightsConnection string

@description('Where resource logs go.')
param workspaceId string

@description('Subnet for outbound traffic. Empty: none.')
param subnetId string

@description('Whether sign-in.bicep follows.')
param hasSignIn bool

var clouds = {
  AzureCloud: 'public'
  AzureUSGovernment: 'usgov'
  AzureChinaCloud: 'china'
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: {
    reserved: true // Linux
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'functions' }) // the service in azure.yaml
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    // Without it references are resolved under an identity that the app does not have.
    keyVaultReferenceIdentity: identityId
    siteConfig: { minTlsVersion: '1.2' }
    functionAppConfig: {
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
    }
  }
}

resource appSettings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'appsettings'
  properties: union(
    {
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identityClientId
      AzureWebJobsStorage__blobServiceUri: blobEndpoint
      AzureWebJobsStorage__queueServiceUri: queueEndpoint
      AzureWebJobsStorage__tableServiceUri: tableEndpoint
      APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnection
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
      // Which identity DefaultAzureCredential asks for; without it a user-assigned one is not found.
      AZURE_CLIENT_ID: identityClientId
      LEDGER_CLOUD: clouds[environment().name]
      LEDGER_WAREHOUSE: warehouseUrl
      LEDGER_SCHEDULE: schedule.cron
      LEDGER_INTERVAL: schedule.interval
      LEDGER_WATCH_SCHEDULE: watchSchedule
      // The disk of an instance is small. A day of a thousand hosts is about 40 MB.
      LEDGER_CACHE_SIZE: '256MB'
    },
    // What sign-in.bicep refers to by name.
    hasSignIn ? { OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: identityClientId } : {},
    settings,
    noticeSettings
  )
}

// Publishing with a user name and a password is off; it is done with Entra tokens.
resource publishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = [
  for way in ['ftp', 'scm']: {
    parent: app
    name: way
    properties: { allow: false }
  }
]

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: app
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'FunctionAppLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output id string = app.id
output name string = app.name
output hostName string = app.properties.defaultHostName
