// Lets the collector's identity read the sessions of this one subscription.
targetScope = 'subscription'

@description('GUID of the custom role.')
param roleName string

@description('Object id of the collector\'s identity.')
param principalId string

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, roleName, principalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleName)
    principalId: principalId
    principalType: 'ServicePrincipal'
    description: 'Bastion Ledger: lists Bastion hosts and who is connected through them'
  }
}
