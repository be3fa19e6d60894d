/**
 * Settings: every environment variable and flag, declared once.
 *
 * Each setting is an environment variable (a Function app setting) and a flag of the same meaning;
 * the flag wins. `parse-settings.ts` reads them.
 */

import { z } from 'zod'

import { ALERT_SETTINGS } from './alert-settings.ts'
import { CLOUDS } from './cloud.ts'
import { DISCOVERIES } from './discovery.ts'
import { setting } from './setting.ts'
import {
  address,
  duration,
  folder,
  httpsUrl,
  list,
  loopbackConnection,
  managementGroupId,
  schedule,
  scope,
  size,
  wholeNumber,
} from './setting-values.ts'
import type { ScopeFilter } from './subscription.ts'

export const SETTINGS = {
  warehouse: setting({
    env: 'LEDGER_WAREHOUSE',
    flag: 'warehouse',
    value: 'ADDRESS',
    default: './warehouse',
    doc: 'Where the ledger is kept: a folder, or `https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX]`.',
    schema: address,
  }),
  storageConnectionString: setting({
    env: 'LEDGER_STORAGE_CONNECTION_STRING',
    flag: 'storage-connection-string',
    value: 'TEXT',
    default: null,
    doc: 'The key of a warehouse in Azurite on this machine, which is reached without a token.',
    secret: true,
    schema: loopbackConnection,
  }),
  scratch: setting({
    env: 'LEDGER_SCRATCH',
    flag: 'scratch',
    value: 'FOLDER',
    default: null,
    doc: 'Where this machine keeps runs under way and files once read, for a warehouse that is no folder.',
    schema: folder,
  }),
  cacheSize: setting({
    env: 'LEDGER_CACHE_SIZE',
    flag: 'cache-size',
    value: 'SIZE',
    default: '1GB',
    doc: 'How much of what was read from a warehouse that is no folder stays on this machine.',
    schema: size(0),
  }),
  cloud: setting({
    env: 'LEDGER_CLOUD',
    flag: 'cloud',
    value: 'NAME',
    default: 'public',
    doc: 'The Azure cloud: `public`, `usgov` or `china`.',
    schema: z.enum(['public', 'usgov', 'china'], { error: 'public, usgov or china' }),
  }),
  armEndpoint: setting({
    env: 'LEDGER_ARM_ENDPOINT',
    flag: 'arm-endpoint',
    value: 'URL',
    default: null,
    doc: "Azure Resource Manager's address, instead of the cloud's.",
    schema: httpsUrl,
  }),
  armScope: setting({
    env: 'LEDGER_ARM_SCOPE',
    flag: 'arm-scope',
    value: 'SCOPE',
    default: null,
    doc: "The scope of the tokens asked for, instead of the cloud's.",
    schema: scope,
  }),
  subscriptions: setting({
    env: 'LEDGER_SUBSCRIPTIONS',
    flag: 'subscriptions',
    value: 'LIST',
    default: '',
    doc: 'Only these subscriptions: ids or name globs, with commas between. Empty means all.',
    schema: list,
  }),
  excludeSubscriptions: setting({
    env: 'LEDGER_EXCLUDE_SUBSCRIPTIONS',
    flag: 'exclude-subscriptions',
    value: 'LIST',
    default: '',
    doc: 'Never these subscriptions: ids or name globs, with commas between.',
    schema: list,
  }),
  managementGroup: setting({
    env: 'LEDGER_MANAGEMENT_GROUP',
    flag: 'management-group',
    value: 'ID',
    default: null,
    doc: 'Only subscriptions under this management group, at any depth.',
    schema: managementGroupId,
  }),
  discovery: setting({
    env: 'LEDGER_DISCOVERY',
    flag: 'discovery',
    value: 'HOW',
    default: 'arm',
    doc: 'How hosts are found: `arm` lists every subscription, `graph` asks Resource Graph first.',
    schema: z.enum(DISCOVERIES, { error: 'arm or graph' }),
  }),
  concurrency: setting({
    env: 'LEDGER_CONCURRENCY',
    flag: 'concurrency',
    value: 'N',
    default: '64',
    doc: 'HTTP requests in flight at the same time, over all subscriptions.',
    schema: wholeNumber(1, 1000),
  }),
  requestTimeoutMs: setting({
    env: 'LEDGER_REQUEST_TIMEOUT',
    flag: 'request-timeout',
    value: 'DURATION',
    default: '15s',
    doc: 'How long one HTTP request may take, its body included.',
    schema: duration(10, 600_000),
  }),
  hostTimeoutMs: setting({
    env: 'LEDGER_HOST_TIMEOUT',
    flag: 'host-timeout',
    value: 'DURATION',
    default: '60s',
    doc: 'How long asking one host may take, with retries, waits and pages.',
    schema: duration(10, 3_600_000),
  }),
  maxRetryAfterMs: setting({
    env: 'LEDGER_MAX_RETRY_AFTER',
    flag: 'max-retry-after',
    value: 'DURATION',
    default: '30s',
    doc: 'The longest wait that Azure may ask for; beyond it the host is `throttled` in this run.',
    schema: duration(0, 3_600_000),
  }),
  maxResponseBytes: setting({
    env: 'LEDGER_MAX_RESPONSE',
    flag: 'max-response',
    value: 'SIZE',
    default: '32MiB',
    doc: 'The largest response body that is read.',
    schema: size(1024),
  }),
  maxRetries: setting({
    env: 'LEDGER_MAX_RETRIES',
    flag: 'max-retries',
    value: 'N',
    default: '5',
    doc: 'How often one request is sent again after a passing fault.',
    schema: wholeNumber(0, 100),
  }),
  runDeadlineMs: setting({
    env: 'LEDGER_RUN_DEADLINE',
    flag: 'run-deadline',
    value: 'DURATION',
    default: '240s',
    doc: 'When a run stops asking. Hosts not reached are recorded, and come first in the next run.',
    schema: duration(10, 24 * 3_600_000),
  }),
  intervalMs: setting({
    env: 'LEDGER_INTERVAL',
    flag: 'interval',
    value: 'DURATION',
    default: '5m',
    doc: 'How far apart scheduled runs are: the length of a slot.',
    schema: duration(1000, 24 * 3_600_000),
  }),
  schedule: setting({
    env: 'LEDGER_SCHEDULE',
    flag: 'schedule',
    value: 'NCRONTAB',
    default: '0 */5 * * * *',
    doc: 'When the Function app collects, in UTC; as often as `LEDGER_INTERVAL` says.',
    schema: schedule,
  }),
  shardHosts: setting({
    env: 'LEDGER_SHARD_HOSTS',
    flag: 'shard-hosts',
    value: 'N',
    default: '2000',
    doc: 'Beyond so many hosts the Function app splits a run among instances, so many hosts each.',
    schema: wholeNumber(1, 1_000_000),
  }),
  memoryLimit: setting({
    env: 'LEDGER_MEMORY_LIMIT',
    flag: 'memory-limit',
    value: 'SIZE',
    default: '1GB',
    doc: 'The memory that DuckDB may use for a query.',
    schema: size(64e6),
  }),
  queryTimeoutMs: setting({
    env: 'LEDGER_QUERY_TIMEOUT',
    flag: 'query-timeout',
    value: 'DURATION',
    default: '5m',
    doc: 'How long one query may take.',
    schema: duration(10, 24 * 3_600_000),
  }),
  ...ALERT_SETTINGS,
} as const

export type SettingName = keyof typeof SETTINGS
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the object above has these keys only
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[]
export type Settings = {
  [Name in SettingName]: (typeof SETTINGS)[Name]['default'] extends null
    ? z.output<(typeof SETTINGS)[Name]['schema']> | null
    : z.output<(typeof SETTINGS)[Name]['schema']>
}

/** Where Azure Resource Manager is, and the scope of its tokens. */
export function armOf({ cloud, armEndpoint, armScope }: Settings) {
  return {
    endpoint: armEndpoint ?? CLOUDS[cloud].armEndpoint,
    scope: armScope ?? CLOUDS[cloud].armScope,
    authorityHost: CLOUDS[cloud].authorityHost,
  }
}

/** What limits the subscriptions in scope. */
export function filterOf(settings: Settings): ScopeFilter {
  const { subscriptions: include, excludeSubscriptions: exclude, managementGroup } = settings
  return { include, exclude, managementGroup }
}
