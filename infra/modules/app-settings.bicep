// The program's settings that a deployment may choose. Each is an environment variable of the same
// name; what is left out keeps the program's own default. Not here: what the deployment knows itself
// (LEDGER_WAREHOUSE, LEDGER_CLOUD), and secrets, which go to a vault (notice-secrets.bicep).

@export()
@sealed()
type ledgerSettings = {
  @description('Only these subscriptions: ids or name globs, with commas between. Empty: all that the identity can see.')
  LEDGER_SUBSCRIPTIONS: string?

  @description('Never these subscriptions: ids or name globs, with commas between.')
  LEDGER_EXCLUDE_SUBSCRIPTIONS: string?

  @description('Only subscriptions under this management group. Needs the role Management Group Reader on it: see session-reader.bicep.')
  LEDGER_MANAGEMENT_GROUP: string?

  @description('How hosts are found: each subscription is listed, or Resource Graph is asked first.')
  LEDGER_DISCOVERY: ('arm' | 'graph')?

  @description('HTTP requests in flight at the same time.')
  LEDGER_CONCURRENCY: string?

  @description('How long one HTTP request may take, as 15s.')
  LEDGER_REQUEST_TIMEOUT: string?

  @description('How long asking one host may take, as 60s.')
  LEDGER_HOST_TIMEOUT: string?

  @description('The longest wait that Azure may ask for, as 30s.')
  LEDGER_MAX_RETRY_AFTER: string?

  @description('The largest response body that is read, as 32MiB.')
  LEDGER_MAX_RESPONSE: string?

  @description('How often one request is sent again after a passing fault.')
  LEDGER_MAX_RETRIES: string?

  @description('When a run stops asking, as 240s. Less than the interval, and than functionTimeout in host.json.')
  LEDGER_RUN_DEADLINE: string?

  @description('How many hosts one invocation asks. Beyond it a run is split over the queue.')
  LEDGER_SHARD_HOSTS: string?

  @description('How much of what was read from the warehouse an instance keeps on its disk, as 256MB.')
  LEDGER_CACHE_SIZE: string?

  @description('The memory that DuckDB may use for a query, as 1GB. Less than the instance\'s.')
  LEDGER_MEMORY_LIMIT: string?

  @description('How long one query may take, as 5m.')
  LEDGER_QUERY_TIMEOUT: string?

  @description('Your rules: a YAML file of the package, as alerts/rules.yaml.')
  LEDGER_RULES: string?

  @description('Your silences and exceptions: a YAML file of the package, as alerts/silences.yaml.')
  LEDGER_SILENCES: string?

  @description('From when on a session is long, as 8h.')
  LEDGER_LONG_SESSION: string?

  @description('Address of PagerDuty, where it is not the one of the US.')
  LEDGER_NOTIFY_PAGERDUTY_URL: string?

  @description('Receivers of notices that may have a private address: names, with commas between.')
  LEDGER_NOTIFY_PRIVATE_HOSTS: string?
}

@export()
@description('When the collector runs, and how far apart: the two must say the same.')
type ledgerSchedule = {
  @description('A cron expression of six fields, in UTC, as "0 */5 * * * *".')
  cron: string

  @description('The time between two runs, as 5m.')
  interval: string
}
