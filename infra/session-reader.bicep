// The custom role over a whole management group, and its assignment to the collector's identity.
//
// For an estate of many subscriptions: one assignment, and new subscriptions are covered when they
// are moved under the group. Deploy main.bicep with `readSubscriptions` set to [], then this file:
//
//   az deployment mg create --management-group-id GROUP --location REGION \
//     --template-file infra/session-reader.bicep --parameters principalId=OBJECT_ID
targetScope = 'managementGroup'

import { sessionReaderActions } from 'modules/session-reader-actions.bicep'

@description('Object id of the collector\'s identity: the output IDENTITY_PRINCIPAL_ID of main.bicep.')
param principalId string

@description('Lets the identity list what is under the group as well. Needed only where the setting LEDGER_MANAGEMENT_GROUP is used.')
param listsGroup bool = false

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(managementGroup().id, 'bastion-session-reader')
  properties: {
    roleName: 'Bastion session reader (${managementGroup().name})'
    description: 'Lists Bastion hosts and who is connected through them. Changes nothing.'
    type: 'CustomRole'
    permissions: [
      {
        actions: sessionReaderActions
        notActions: []
        // Not allowed in a role over a management group, and not needed.
        dataActions: []
        notDataActions: []
      }
    ]
    assignableScopes: [managementGroup().id]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, role.id, principalId)
  properties: {
    roleDefinitionId: role.id
    principalId: principalId
    principalType: 'ServicePrincipal'
    description: 'Bastion Ledger: lists Bastion hosts and who is connected through them'
  }
}

// Built in: reads management groups and what is under them, no resources.
var managementGroupReader = 'ac63b705-f282-497d-ac71-919bf39d939d'

resource groupReader 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (listsGroup) {
  name: guid(managementGroup().id, managementGroupReader, principalId)
  properties: {
    roleDefinitionId: tenantResourceId('Microsoft.Authorization/roleDefinitions', managementGroupReader)
    principalId: principalId
    principalType: 'ServicePrincipal'
    description: 'Bastion Ledger: lists the subscriptions under the group'
  }
}

@description('Resource id of the custom role.')
output roleId string = role.id
