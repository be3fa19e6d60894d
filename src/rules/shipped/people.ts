/**
 * Rules about who is connected: without a name, under a name of many, or through many hosts at once.
 */

import type { Rule } from '../../domain/rule.ts'
import { IS_ON, MACHINE, SESSION_COLUMNS, SESSION_LABELS, SESSION_SUMMARY } from './session-sql.ts'
import { shippedRule } from './shipped-rule.ts'

// By polls and not by time: no length fits every interval, and time passes while a host is not read.
const UNATTRIBUTABLE = `
SELECT ${SESSION_COLUMNS}, snapshots,
  ${SESSION_SUMMARY}
FROM sessions
WHERE ${IS_ON} AND user_name IS NULL AND snapshots >= $polls`

// Without its domain, which may stand before it or behind it.
const SHARED_ACCOUNT = `
SELECT ${SESSION_COLUMNS},
  ${SESSION_SUMMARY}
FROM sessions
WHERE ${IS_ON}
  AND split_part(split_part(lower(user_name), '@', 1), '\\', -1)
    IN (SELECT lower(trim(unnest($accounts))))`

const MANY_HOSTS = `
SELECT lower(user_name) AS user_name, count(DISTINCT host_id) AS hosts,
  count(DISTINCT ${MACHINE}) AS targets, count(*) AS sessions,
  min(first_seen_at) AS first_seen_at, max(last_seen_at) AS last_seen_at,
  list(DISTINCT host_id ORDER BY host_id) AS host_ids,
  list(DISTINCT host_name ORDER BY host_name) AS host_names,
  list(DISTINCT target_host_name ORDER BY target_host_name)
    FILTER (target_host_name IS NOT NULL) AS target_host_names,
  lower(user_name) || ' has ' || count(*) || ' sessions at once (machines: '
    || count(DISTINCT ${MACHINE}) || ', hosts: ' || count(DISTINCT host_id) || ')' AS summary
FROM sessions
WHERE ${IS_ON} AND user_name IS NOT NULL
GROUP BY lower(user_name)
HAVING count(DISTINCT host_id) >= $hosts OR count(DISTINCT ${MACHINE}) >= $targets`

/**
 * @see https://attack.mitre.org/techniques/T1078/ Valid Accounts; T1021/001 and T1021/004, Remote
 *   Services by RDP and SSH
 */
export const PEOPLE: readonly Rule[] = [
  shippedRule({
    name: 'unattributable-session',
    title: 'Session without a user',
    severity: 'medium',
    description:
      'Azure does not say who is connected in this session. Whatever is done in it can be put down to ' +
      "nobody. The name may come late, so a session counts only after some polls. Look in the machine's " +
      'own log for who signed in, and in how the host is reached: by shared link, for example.',
    tags: ['people'],
    sql: UNATTRIBUTABLE,
    labels: SESSION_LABELS,
    host: 'host_id',
    parameters: {
      polls: {
        type: 'number',
        value: 2,
        doc: 'How many polls saw it, all of them without a name.',
      },
    },
  }),
  shippedRule({
    name: 'shared-account',
    title: 'Session under a shared account',
    severity: 'low',
    enabled: false,
    description:
      'Somebody is connected under an account that more than one person can use. The record says that ' +
      'it was on, and never who it was. Ask who it is, and give everybody an account of their own.',
    tags: ['people', 'T1078'],
    sql: SHARED_ACCOUNT,
    labels: SESSION_LABELS,
    host: 'host_id',
    parameters: {
      accounts: {
        type: 'list',
        value: ['administrator', 'admin', 'root', 'azureuser', 'azureadmin', 'localadmin', 'guest'],
        doc: 'Names of accounts without their domain, in any case.',
      },
    },
  }),
  shippedRule({
    name: 'many-hosts-one-user',
    title: 'One person in many places',
    severity: 'medium',
    enabled: false,
    description:
      'One person has sessions on at the same time through several hosts, or on many machines. ' +
      'Administrators do that on a busy day; whoever has stolen an account does it to see how far it ' +
      'reaches. Ask the person whether all of these sessions are theirs.',
    tags: ['people', 'T1078', 'T1021.001', 'T1021.004'],
    sql: MANY_HOSTS,
    labels: ['user_name'],
    host: 'host_ids',
    parameters: {
      hosts: { type: 'number', value: 3, doc: 'So many different hosts at once, or' },
      targets: { type: 'number', value: 5, doc: 'so many different machines at once.' },
    },
  }),
]
