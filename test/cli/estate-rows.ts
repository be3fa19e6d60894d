/** Rows of the views `hosts` and `runs`, for tests of how they look. */

import type { Cell } from '../../src/domain/edges.ts'
import { columnsOf } from './output/answers.ts'

export const hostColumns = columnsOf(
  'host_name VARCHAR',
  'sku VARCHAR',
  'host_location VARCHAR',
  'subscription_id VARCHAR',
  'subscription_name VARCHAR',
  'listed BOOLEAN',
  'last_outcome VARCHAR',
  'last_ok_at TIMESTAMP WITH TIME ZONE',
  'last_ok_sessions INTEGER',
  'last_error_code VARCHAR',
  'last_error_message VARCHAR',
)

const ID = '5f3c0000-0000-0000-0000-000000000001'
const DENIED =
  "The client 'ledger' with object id '00000000-0000-0000-0000-000000000000' does not have " +
  "authorization to perform action 'Microsoft.Network/bastionHosts/getActiveSessions/action'"

// oxfmt-ignore
export const hostRows: Cell[][] = [
  ['bas-hub-weu', 'Premium', 'westeurope', ID, 'Connectivity Production', true, 'ok', '2026-11-23T11:58:00Z', 14, null, null],
  ['bas-hub-neu', 'Standard', 'northeurope', ID, 'Connectivity Production', true, 'ok', '2026-11-23T11:58:00Z', 0, null, null],
  ['bas-pay-weu-01', 'Standard', 'westeurope', ID, 'Payments Production', true, 'denied', '2026-11-21T09:00:00Z', 3, 'AuthorizationFailed', DENIED],
  ['bas-lab', 'Developer', 'swedencentral', ID, null, true, 'throttled', null, null, 'TooManyRequests', null],
  ['bas-old', 'Basic', 'westus', ID, 'Lab', false, 'not_found', '2026-10-01T00:00:00Z', 2, 'ResourceNotFound', 'Not found'],
]

export const runColumns = columnsOf(
  'run_id VARCHAR',
  'started_at TIMESTAMP WITH TIME ZONE',
  'duration_ms BIGINT',
  'outcome VARCHAR',
  'error_message VARCHAR',
  'subscriptions_expected BIGINT',
  'subscriptions_ok BIGINT',
  'hosts_expected BIGINT',
  'hosts_ok BIGINT',
  'sessions BIGINT',
)

// oxfmt-ignore
export const runRows: Cell[][] = [
  ['20261123T115500Z-k3f9', '2026-11-23T11:55:00Z', 12_400, 'ok', null, 5, 5, 41, 41, 57],
  ['20261123T115000Z', '2026-11-23T11:50:00Z', 94_000, 'partial', null, 5, 4, 41, 38, 52],
  ['20261101T115000Z', '2026-11-01T11:50:00Z', 400, 'failed', 'Cannot list the subscriptions: Azure answered 503', 0, 0, 0, 0, 0],
  ['20251101T115000Z', '2025-11-01T11:50:00Z', 9400, 'ok', null, 1, 1, 1000, 1000, 1024],
]
