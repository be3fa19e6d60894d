// The identity under which the collector runs. It has no secret, and what it may do is granted
// elsewhere: session-reader-*.bicep (Azure), warehouse-roles.bicep (the evidence), app-storage.bicep
// and monitoring.bicep (what the Functions host needs).

param name string
param location string
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

output id string = identity.id
output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
