/**
 * Notices for tests: an evening on which two sessions are too long, and one was.
 */

import type { AlertRecord } from '../../src/domain/alert.ts'
import type { Notice } from '../../src/domain/notice.ts'

const HOSTS =
  '/subscriptions/11111111-2222-3333-4444-555555555555/resourcegroups/rg-hub/providers/microsoft.network/bastionhosts'

/** An alert that fires. */
export function alertRecord(changes: Partial<AlertRecord> = {}): AlertRecord {
  return {
    alert_id: '5f1c0f6bb7a94de58b02d1c1f5b7a001-20261123T091000Z',
    fingerprint: '5f1c0f6bb7a94de58b02d1c1f5b7a001',
    rule: 'long-session',
    title: 'Long session',
    severity: 'high',
    tags: ['T1021.001'],
    summary: 'alice@contoso.com is connected to vm-payroll-1 for 8h 11m',
    labels: {
      host_id: `${HOSTS}/bas-hub`,
      session_id: 'a8bcafc2-2d1b-4d39-8c0e-5c0a1f2e3d4c',
      user_name: 'alice@contoso.com',
    },
    annotations: {
      summary: 'alice@contoso.com is connected to vm-payroll-1 for 8h 11m',
      host_name: 'bas-hub',
      target_host_name: 'vm-payroll-1',
      target_resource_id:
        '/subscriptions/11111111-2222-3333-4444-555555555555/resourcegroups/rg-payroll/providers/microsoft.compute/virtualmachines/vm-payroll-1',
      protocol: 'RDP',
      started_at: '2026-11-23T01:02:03Z',
      duration_mins_min: '491',
      ended_before: null,
    },
    hosts: [`${HOSTS}/bas-hub`],
    state: 'firing',
    event: 'firing',
    stale: null,
    pending_at: '2026-11-23T09:10:00Z',
    firing_at: '2026-11-23T09:10:00Z',
    absent_since: null,
    resolved_at: null,
    resolved_why: null,
    notified_at: '2026-11-23T09:15:00Z',
    told: {},
    muted_by: null,
    ...changes,
  }
}

/** One whose host cannot be read any more, told again. */
export function staleAlert(changes: Partial<AlertRecord> = {}): AlertRecord {
  return alertRecord({
    fingerprint: '5f1c0f6bb7a94de58b02d1c1f5b7a002',
    summary: 'bob@contoso.com is connected to vm-build-7 for 26h 40m',
    labels: { host_id: `${HOSTS}/bas-spoke`, user_name: 'bob@contoso.com' },
    annotations: { host_name: 'bas-spoke', target_host_name: 'vm-build-7', is_admin: true },
    event: 'stale',
    stale: 'the host "bas-spoke" could not be read since 2026-11-23T08:45:00Z: denied',
    firing_at: '2026-11-22T14:20:00Z',
    ...changes,
  })
}

/** One that is over, with the bounds of its end. */
export function resolvedAlert(changes: Partial<AlertRecord> = {}): AlertRecord {
  return alertRecord({
    fingerprint: '5f1c0f6bb7a94de58b02d1c1f5b7a003',
    summary: 'carol@contoso.com was connected to vm-db-2 for 9h 00m',
    labels: { host_id: `${HOSTS}/bas-hub`, user_name: 'carol@contoso.com' },
    annotations: {
      host_name: 'bas-hub',
      target_host_name: 'vm-db-2',
      ended_after: '2026-11-23T09:00:04.250Z',
      ended_before: '2026-11-23T09:05:03.100Z',
    },
    state: 'resolved',
    event: 'resolved',
    firing_at: '2026-11-23T07:05:00Z',
    resolved_at: '2026-11-23T09:15:00Z',
    resolved_why: 'the session has ended',
    ...changes,
  })
}

/** Values as nobody should choose them. */
export function nastyAlert(): AlertRecord {
  return alertRecord({
    summary: '<!channel> *all* `is` well\n\n# [Approve](https://evil.example/?a=1&b=2) @here',
    labels: {
      user_name: 'eve\u202Egnp.exe\u202C <at>everyone</at> &amp; "x" <https://evil.example|ok>',
      host_name: 'bas\u0000-\u001B[31mhub\u007F\u0085\u2028end',
    },
    annotations: {
      'odd\n<name>': '👩‍👩‍👧 \uD83D half, \uDC00 other half, שלום\u200F עולם',
      note: '{{DATE(2026-11-23T09:00:00Z)}} ${1+1} :smile: _x_ ~y~',
      nested: { a: [1, '<b>'], c: null },
      list: ['one', 'two & three'],
    },
    stale: 'the host <bas> said:\r\n"no"',
  })
}

export function noticeOf(
  alerts: AlertRecord[] = [alertRecord()],
  changes: Partial<Notice> = {},
): Notice {
  return {
    key: '0123456789abcdef0123456789abcdef',
    rule: 'long-session',
    title: 'Long session',
    severity: 'high',
    alerts,
    leftOut: 0,
    createdAt: new Date('2026-11-23T09:15:00Z'),
    ledger: 'https://contosoledger.blob.core.windows.net/bastion',
    ...changes,
  }
}

/** As many alerts as a notice has at most, of which some are resolved. */
export function manyAlerts(): AlertRecord[] {
  return Array.from({ length: 100 }, (_, index) => {
    const make = index < 90 ? alertRecord : resolvedAlert
    const user = `user${index}@contoso.com`
    return make({
      fingerprint: index.toString(16).padStart(32, '0'),
      summary: `${user} is connected to vm-${index} for 8h 11m`,
      labels: { user_name: user, host_id: `${HOSTS}/bas-hub` },
    })
  })
}
