// What the collector may do in the subscriptions it watches: the whole of it, in one place.
// The names are those of Microsoft.Network and Microsoft.Resources in
// https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations

@export()
@description('The actions of the custom role. Each only looks; none disconnects, shares, writes or deletes.')
var sessionReaderActions = [
  // GET …/bastionHosts: which hosts there are.
  'Microsoft.Network/bastionHosts/read'
  // POST …/bastionHosts/NAME/getActiveSessions: who is connected. A POST, and yet it changes nothing.
  'Microsoft.Network/bastionHosts/getactivesessions/action'
  // That POST is a long-running operation. Its result is read at the address in `Location` …
  'Microsoft.Network/locations/operationResults/read'
  // … and its state at the address in `Azure-AsyncOperation`.
  'Microsoft.Network/locations/operations/read'
  // GET /subscriptions: names and states of the subscriptions.
  'Microsoft.Resources/subscriptions/read'
  // Resource groups are parents of the hosts. It lists their names, and nothing in them.
  'Microsoft.Resources/subscriptions/resourceGroups/read'
]
