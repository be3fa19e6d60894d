// Who may do what with the evidence. Custom roles, because the built-in ones that create also delete.
//
// - The collector creates and reads. It has `add`, which makes new blobs, and not `write`, which
//   also replaces them: a name that is taken stays as it is, whatever the program sends. (It sends
//   `If-None-Match: *` as well. Where the name is taken Azure may then answer 403 instead of 409.)
// - A keeper deletes what retention allows. In this version nothing deletes by itself: it is a
//   person, or a job of its own, under an identity of its own, and never the collector. The
//   immutability policy holds for a keeper too.
// - A reader reads.
// https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac-attributes

@description('Name of the warehouse account.')
param accountName string

@description('Name of the container in it.')
param containerName string

@description('Makes the roles\' names unique: two custom roles of a tenant cannot share one.')
param suffix string

@description('Object id of the collector\'s identity.')
param collectorId string

@description('Object id of a person, group or identity that may delete files. Empty: nobody may.')
param keeperId string

@description('Object id of a person, or better a group, that may read. Empty: nobody besides the collector.')
param readerId string

var blobs = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs'

// Storage Blob Data Reader
var readerRole = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'

resource account 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: accountName

  resource service 'blobServices' existing = {
    name: 'default'

    resource container 'containers' existing = {
      name: containerName
    }
  }
}

resource writer 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, suffix, 'bastion-ledger-writer')
  properties: {
    roleName: 'Bastion Ledger writer (${suffix})'
    description: 'Creates and reads blobs. Cannot replace or delete them.'
    type: 'CustomRole'
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: ['${blobs}/read', '${blobs}/add/action']
        notDataActions: []
      }
    ]
    assignableScopes: [resourceGroup().id]
  }
}

resource collector 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::service::container.id, writer.id, collectorId)
  scope: account::service::container
  properties: {
    roleDefinitionId: writer.id
    principalId: collectorId
    principalType: 'ServicePrincipal'
  }
}

resource keeper 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (!empty(keeperId)) {
  name: guid(resourceGroup().id, suffix, 'bastion-ledger-keeper')
  properties: {
    roleName: 'Bastion Ledger keeper (${suffix})'
    description: 'Reads blobs, and deletes those that their immutability policy has released.'
    type: 'CustomRole'
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: ['${blobs}/read', '${blobs}/delete']
        notDataActions: []
      }
    ]
    assignableScopes: [resourceGroup().id]
  }
}

resource keeping 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(keeperId)) {
  name: guid(account::service::container.id, 'keeper', keeperId)
  scope: account::service::container
  properties: {
    roleDefinitionId: keeper.id
    principalId: keeperId
  }
}

resource reading 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(readerId)) {
  name: guid(account::service::container.id, readerRole, readerId)
  scope: account::service::container
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', readerRole)
    principalId: readerId
  }
}
