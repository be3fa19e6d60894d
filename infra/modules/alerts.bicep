// Alerts on the ledger itself: it is silent, it fails, it gave up on a shard, it does not compact, it
// does not watch. What its own rules find is no matter of these.
//
// Each query returns a row where something is wrong, and the rule fires when there is one. Requests
// are read where they say it, not traces: host.json keeps requests out of sampling. The first line of
// each query makes it valid in a workspace that has no such table yet.

param location string
param tags object

@description('Prefix of the rules\' names.')
param prefix string

@description('Name of the action group.')
param actionGroupName string

@description('Who gets mail. Empty: alerts are seen in the portal only.')
param email string

@description('The workspace that is asked.')
param workspaceId string

@description('Name of the Function app.')
param appName string

@description('The queue of shards.')
param queueName string

@description('How long the collector may be silent. At least three intervals.')
param silentAfter string

@description('Watches compaction.')
param watchCompaction bool

@description('Watches the watch.')
param watchRules bool

var requests = '''
union isfuzzy=true AppRequests, (datatable(TimeGenerated: datetime, AppRoleName: string, Name: string, Success: bool) [])
| where AppRoleName =~ 'APP'
'''
var ofApp = replace(requests, 'APP', appName)
var lines = '''
union isfuzzy=true AppTraces, (datatable(TimeGenerated: datetime, AppRoleName: string, Message: string) [])
| where AppRoleName =~ 'APP' and Message has '"event":"watched"'
| extend Notices = parse_json(Message).notices
'''

var rules = [
  {
    name: 'no-run'
    title: 'No run'
    description: 'No run of the collector succeeded for a while. Nothing is recorded: what happens now cannot be known later.'
    severity: 1
    enabled: true
    frequency: 'PT5M'
    window: silentAfter
    query: '${ofApp}| where Name == \'collect\' and Success\n| summarize Runs = count()\n| where Runs == 0'
  }
  {
    name: 'failed-run'
    title: 'A run failed'
    description: 'A run, or a shard of one, ended with an error. Its exception names the cause.'
    severity: 2
    enabled: true
    frequency: 'PT15M'
    window: 'PT15M'
    query: '${ofApp}| where Name startswith \'collect\' and not(Success)'
  }
  {
    name: 'poison-message'
    title: 'A shard was given up'
    description: 'A shard failed five times. Its hosts were not asked in that run, and are recorded so.'
    severity: 2
    enabled: true
    frequency: 'PT15M'
    window: 'PT15M'
    query: 'union isfuzzy=true StorageQueueLogs, (datatable(TimeGenerated: datetime, OperationName: string, Uri: string) [])\n| where OperationName =~ \'PutMessage\' and Uri has \'/${queueName}-poison/\''
  }
  {
    name: 'no-compaction'
    title: 'No compaction'
    description: 'No day was compacted in 26 hours. Questions get slower; nothing is lost.'
    severity: 3
    enabled: watchCompaction
    frequency: 'PT1H'
    // There is no window of 26 hours: the query has its own.
    window: 'P2D'
    query: '${ofApp}| where TimeGenerated > ago(26h)\n| where Name == \'maintain\' and Success\n| summarize Runs = count()\n| where Runs == 0'
  }
  {
    name: 'no-watch'
    title: 'The rules are not asked'
    description: 'No watch succeeded for 15 minutes: nobody is told what happens. The exception of the function names the cause. Nothing is lost; alerts come late.'
    severity: 1
    enabled: watchRules
    frequency: 'PT5M'
    window: 'PT15M'
    query: '${ofApp}| where Name == \'watch\' and Success\n| summarize Watches = count()\n| where Watches == 0'
  }
  {
    name: 'lost-notice'
    title: 'A notice was lost'
    description: 'A receiver refused a notice for good, or did not take it for a week. The line of the watch says which and why.'
    severity: 2
    enabled: watchRules
    frequency: 'PT15M'
    window: 'PT15M'
    query: '${replace(lines, 'APP', appName)}| where toint(Notices.rejected) + toint(Notices.given_up) > 0'
  }
]

resource actions 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'ledger' // at most 12 characters
    emailReceivers: empty(email)
      ? []
      : [{ name: 'mail', emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: '${prefix}-${rule.name}'
    location: location
    tags: tags
    properties: {
      displayName: 'Bastion Ledger: ${rule.title}'
      description: rule.description
      severity: rule.severity
      enabled: rule.enabled
      scopes: [workspaceId]
      evaluationFrequency: rule.frequency
      windowSize: rule.window
      autoMitigate: true
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [actions.id] }
    }
  }
]

output actionGroupId string = actions.id
