// A virtual network for the app, and the private names of storage in it.
//
// All outbound traffic of the app goes through it. The app still has to reach Azure Resource
// Manager, the sign-in service and Application Insights, whose addresses are public: give a NAT
// gateway, or let the platform give the subnet its own way out.

param name string
param location string
param tags object

@description('Address space, at least a /26. Half is the app\'s, half is for private endpoints.')
param addressPrefix string

@description('Resource id of a NAT gateway for outbound traffic. Empty: Azure\'s default outbound access.')
param natGatewayId string

@description('Host names, as blob.core.windows.net, that private endpoints answer for.')
param storageHosts string[]

// A /27 is the least that Flex Consumption is documented to need. No underscore in subnet names.
var size = int(split(addressPrefix, '/')[1]) + 1

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, size, 0)
          delegations: [
            {
              name: 'flex-consumption'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
          // Subnets are private by default since 2026. Said here, because without a way out no run succeeds.
          defaultOutboundAccess: empty(natGatewayId)
          natGateway: empty(natGatewayId) ? null : { id: natGatewayId }
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, size, 1)
          defaultOutboundAccess: false
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for host in storageHosts: {
    name: 'privatelink.${host}'
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (host, i) in storageHosts: {
    parent: zones[i]
    name: 'network'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: network.id }
    }
  }
]

output appSubnetId string = '${network.id}/subnets/app'
output endpointSubnetId string = '${network.id}/subnets/endpoints'
