/**
 * The checks as one JSON document, for scripts.
 */

import type { Identity } from '../../domain/inspection.ts'
import type { SettingInForce } from '../../domain/settings-in-force.ts'
import { formatTime } from '../../domain/time.ts'
import type { Check } from '../../jobs/check.ts'

export function doctorDocument(checks: readonly Check[], settings: readonly SettingInForce[]) {
  return {
    checks: checks.map((check) => ({
      check: check.check,
      status: check.status,
      subscription_id: check.subscriptionId,
      message: check.message,
      hint: check.hint,
      missing_actions: check.missing,
      ...(check.identity && { identity: identityDocument(check.identity) }),
    })),
    settings,
  }
}

function identityDocument({ kind, tenantId, objectId, appId, expiresAt }: Identity) {
  return {
    kind,
    tenant_id: tenantId,
    object_id: objectId,
    app_id: appId,
    expires_at: formatTime(expiresAt),
  }
}
