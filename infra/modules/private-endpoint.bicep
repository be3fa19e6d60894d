// A private address for one service of a storage account.

param name string
param location string
param tags object

@description('Resource id of the storage account.')
param accountId string

@description('The service: blob, queue or table.')
@allowed(['blob', 'queue', 'table'])
param service string

param subnetId string

@description('Host name of the service without the account, as blob.core.windows.net.')
param host string

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' existing = {
  name: 'privatelink.${host}'
}

resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      {
        name: service
        properties: {
          privateLinkServiceId: accountId
          groupIds: [service]
        }
      }
    ]
  }

  resource zones 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: service
          properties: { privateDnsZoneId: zone.id }
        }
      ]
    }
  }
}
