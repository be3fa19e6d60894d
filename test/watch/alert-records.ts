/** Alerts, notices and records of watching, as they are recorded. */

import type { AlertRecord } from '../../src/domain/alert.ts'
import type { NoticeRecord } from '../../src/domain/notice.ts'
import type { WatchRecord } from '../../src/domain/watch-record.ts'

const AT = '2026-11-23T09:01:00Z'

export function alertOf(overrides: Partial<AlertRecord> = {}): AlertRecord {
  return {
    alert_id: 'f1-20261123T090100Z',
    fingerprint: 'f1',
    rule: 'on',
    title: 'Somebody is on',
    severity: 'medium',
    tags: ['T1021.001'],
    summary: 'ada on vm-1',
    labels: { host_id: 'h', session_id: 's-1' },
    annotations: { user_name: 'ada', duration_mins: 65 },
    hosts: ['h'],
    state: 'firing',
    event: 'firing',
    stale: null,
    pending_at: AT,
    firing_at: AT,
    absent_since: null,
    resolved_at: null,
    resolved_why: null,
    notified_at: AT,
    told: { webhook: AT },
    muted_by: null,
    ...overrides,
  }
}

export function noticeRecordOf(overrides: Partial<NoticeRecord> = {}): NoticeRecord {
  return {
    key: 'k1',
    destination: 'webhook',
    rule: 'on',
    alerts: [alertOf()],
    left_out: 0,
    created_at: AT,
    state: 'queued',
    attempts: 0,
    not_before: null,
    claimed_by: 'w1',
    claimed_until: '2026-11-23T09:06:00Z',
    finished_at: null,
    error: null,
    ...overrides,
  }
}

export function watchRecordOf(overrides: Partial<WatchRecord> = {}): WatchRecord {
  return {
    schema_version: 1,
    number: 1,
    ledger: 'here',
    recorded_at: AT,
    latest_at: AT,
    watcher: 'w1',
    version: '0.0.0',
    warnings: [],
    failed_rules: [],
    alerts: [alertOf()],
    notices: [noticeRecordOf()],
    checkpoint: null,
    ...overrides,
  }
}
