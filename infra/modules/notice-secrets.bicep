// The secrets of notice destinations, in a vault of their own: whoever knows the URL of a webhook can
// write into the channel behind it.
//
// They come in as secure parameters, which Azure neither logs nor shows. The app's settings hold
// references only, which the platform replaces under the app's identity. A reference names no version:
// a new value is taken within a day, or at the app's next restart.
// https://learn.microsoft.com/azure/app-service/app-service-key-vault-references

@description('Name of the vault.')
@minLength(3)
@maxLength(24)
param name string

param location string
param tags object

@description('Object id of the Function app\'s identity, which reads the secrets.')
param principalId string

@description('Where resource logs go: who read which secret.')
param workspaceId string

@description('The settings that are given.')
param settingNames string[]

@description('Values, by the name of the setting.')
@secure()
param values object

// Key Vault Secrets User: reads secrets, and nothing else.
var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
    enablePurgeProtection: true
    // It answers to tokens only. The platform resolves references from addresses of its own.
    publicNetworkAccess: 'Enabled'
    networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow' }
  }
}

resource secrets 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = [
  for setting in settingNames: {
    parent: vault
    // No underscores in names of secrets.
    name: toLower(replace(setting, '_', '-'))
    properties: {
      value: values[setting]
      contentType: 'text/plain'
    }
  }
]

resource reading 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, secretsUser, principalId)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource vaultLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'AuditEvent', enabled: true }]
  }
}

// The suffix begins with a dot.
var secretsUrl = 'https://${name}${environment().suffixes.keyvaultDns}/secrets'

@description('App settings: references, by name.')
output settings object = toObject(
  settingNames,
  setting => setting,
  setting => '@Microsoft.KeyVault(SecretUri=${secretsUrl}/${toLower(replace(setting, '_', '-'))}/)'
)
