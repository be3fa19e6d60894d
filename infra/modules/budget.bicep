// A monthly budget for the resource group. It warns; it stops nothing.

param name string

@description('In the currency of the bill.')
@minValue(1)
param amount int

@description('The first day of the month in which the budget is first deployed, as 2026-12-01. Azure refuses to change it later.')
param start string

@description('Who is told, besides the owners of the resource group.')
param actionGroupId string

resource budget 'Microsoft.Consumption/budgets@2024-08-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: start }
    notifications: {
      forecast100: {
        enabled: true
        thresholdType: 'Forecasted'
        operator: 'GreaterThan'
        threshold: 100
        contactEmails: []
        contactRoles: ['Owner']
        contactGroups: [actionGroupId]
      }
      actual80: {
        enabled: true
        thresholdType: 'Actual'
        operator: 'GreaterThan'
        threshold: 80
        contactEmails: []
        contactRoles: ['Owner']
        contactGroups: [actionGroupId]
      }
    }
  }
}
