// The warehouse: the evidence. It is written once, and nothing in this deployment can delete it.
//
// Who may do what is in warehouse-roles.bicep. Four things hold the files in place, each alone:
// the collector's role cannot overwrite or delete, the immutability policy refuses both for its
// period (and overwriting for ever), versions and soft delete keep what was deleted, and the lock
// keeps the account.

@description('Name of the storage account.')
@minLength(3)
@maxLength(24)
param name string

param location string
param tags object

@description('Name of the container.')
@minLength(3)
@maxLength(63)
param containerName string

@description('Three copies in three zones instead of one.')
param zoneRedundant bool

@description('Closes the public endpoint; private endpoints must lead to the account.')
param isPrivate bool

@description('Days in which no file can be deleted or overwritten by anyone. 0: no policy is deployed.')
@minValue(0)
@maxValue(146000)
param immutabilityDays int

@description('The policy has been locked by hand: leave it alone. A locked policy can only be lengthened, and not by a deployment.')
param immutabilityLocked bool

@description('Days in which what was deleted can be brought back.')
@minValue(1)
@maxValue(365)
param keepDeletedDays int

@description('Keeps the account from being deleted, by people and by deployments.')
param lock bool

@description('Logs reading too: who read which file.')
param logReads bool

@description('Where resource logs go.')
param workspaceId string

resource account 'Microsoft.Storage/storageAccounts@2025-08-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    isHnsEnabled: false // versions need a flat namespace
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices' // or the firewall stops lifecycle management
      defaultAction: isPrivate ? 'Deny' : 'Allow'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-08-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: true
    deleteRetentionPolicy: { enabled: true, days: keepDeletedDays }
    containerDeleteRetentionPolicy: { enabled: true, days: keepDeletedDays }
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-08-01' = {
  parent: blobs
  name: containerName
  properties: { publicAccess: 'None' }
}

// Container-level, so that it holds for every file without the writer's help. New files can always
// be created. After the period a file can be deleted, but never overwritten.
// Unlocked: an owner can still shorten it or take it away. Locking is a decision of its own, and an
// action that no template has: `az storage container immutability-policy lock`.
// https://learn.microsoft.com/azure/storage/blobs/immutable-container-level-worm-policies
resource immutability 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2025-08-01' = if (immutabilityDays > 0 && !immutabilityLocked) {
  parent: container
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: immutabilityDays
    allowProtectedAppendWrites: false
  }
}

// Only what was deleted before is cleared away. Files themselves are never deleted by age here: raw
// files may go only for days whose compacted form was verified, and that only the program knows.
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-08-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'clear-deleted-versions'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'] }
            actions: {
              version: { delete: { daysAfterCreationGreaterThan: keepDeletedDays } }
            }
          }
        }
      ]
    }
  }
  dependsOn: [blobs]
}

// Guards the account and what is configured on it, not the files: those are the data plane's.
resource deleteLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  name: 'keep-the-evidence'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'The warehouse of Bastion Ledger. Remove this lock only to remove the evidence.'
  }
}

resource blobLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageRead', enabled: logReads }
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

output id string = account.id
output name string = account.name
output containerName string = container.name
output url string = '${account.properties.primaryEndpoints.blob}${container.name}'
