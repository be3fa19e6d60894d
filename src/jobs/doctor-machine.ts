/**
 * What of collecting is this machine's own: its programs, its warehouse, and which cloud it is told
 * to ask.
 */

import type { Inspection } from '../domain/edges.ts'
import { LedgerError, messageOf } from '../domain/errors.ts'
import { failed, ok, warning, type Check } from './check.ts'

export interface CloudInForce {
  name: string
  endpoint: string
  scope: string
}

const LEAST_NODE = [22, 18] as const

export async function checkProgram(inspection: Inspection, version: string): Promise<Check> {
  const { nodeVersion } = inspection
  const programs = `bastion-ledger ${version} on Node ${nodeVersion}`
  try {
    const message = `${programs} with DuckDB ${await inspection.duckdbVersion()}`
    const [major = 0, minor = 0] = nodeVersion.replace('v', '').split('.').map(Number)
    const isOld = major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1])
    if (!isOld) return ok('program', message)
    return failed('program', 'other', message, {
      hint: `Use Node ${LEAST_NODE.join('.')} or newer`,
    })
  } catch (error) {
    const message = `${programs}; DuckDB cannot be loaded: ${messageOf(error)}`
    return failed('program', 'other', message, {
      hint: 'Install again with npm ci: its part for this system is missing or damaged',
    })
  }
}

export async function checkWarehouse(inspection: Inspection, warehouse: string): Promise<Check> {
  try {
    await inspection.checkWarehouse()
    return ok('warehouse', `Warehouse ${warehouse} can be written and read`)
  } catch (error) {
    const hint = error instanceof LedgerError ? (error.hint ?? null) : null
    return failed('warehouse', 'other', messageOf(error), { hint })
  }
}

/** An endpoint and a scope of different worlds: Azure would refuse every token. */
export function checkCloud({ name, endpoint, scope }: CloudInForce): Check {
  const message = `Cloud ${name}: ${endpoint}, with tokens for ${scope}`
  if (!URL.canParse(scope) || new URL(scope).host === new URL(endpoint).host) {
    return ok('cloud', message)
  }
  return warning('cloud', message, {
    hint: 'The tokens are for another address: LEDGER_ARM_ENDPOINT and LEDGER_ARM_SCOPE belong together',
  })
}
