// The custom role over one or more subscriptions. Over a management group: ../session-reader.bicep.
targetScope = 'subscription'

import { sessionReaderActions } from 'session-reader-actions.bicep'

@description('Makes the role\'s name unique: two custom roles of a tenant cannot share one.')
param suffix string

@description('Ids of the subscriptions in which the role can be assigned, besides this one.')
param subscriptionIds string[]

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, suffix, 'bastion-session-reader')
  properties: {
    roleName: 'Bastion session reader (${suffix})'
    description: 'Lists Bastion hosts and who is connected through them. Changes nothing.'
    type: 'CustomRole'
    permissions: [
      {
        actions: sessionReaderActions
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
    assignableScopes: union(
      [subscription().id],
      map(subscriptionIds, id => '/subscriptions/${toLower(id)}')
    )
  }
}

@description('The role\'s GUID. Its resource id in a subscription is made with subscriptionResourceId().')
output name string = role.name
