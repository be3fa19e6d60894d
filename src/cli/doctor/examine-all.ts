/**
 * Makes all checks, shows each as it comes, then the settings in force.
 */

import manifest from '../../../package.json' with { type: 'json' }
import { armOf, filterOf, type SettingName, type Settings } from '../../domain/settings.ts'
import { settingsInForce } from '../../domain/settings-in-force.ts'
import type { Check } from '../../jobs/check.ts'
import { examine } from '../../jobs/doctor.ts'
import type { DoctorFormat } from '../commands/doctor.ts'
import type { Context } from '../context.ts'
import { createCheckPrinter } from './check-printer.ts'
import { doctorDocument } from './doctor-document.ts'
import { exitCodeOfChecks } from './doctor-exit-code.ts'
import { settingLines } from './setting-lines.ts'

export interface ExamineOptions {
  /** What the command line gave. */
  flags: Partial<Record<SettingName, string>>
  format: DoctorFormat
}

export async function examineAll(
  context: Context,
  settings: Settings,
  { flags, format }: ExamineOptions,
): Promise<void> {
  const { stdout, env, interrupted: signal } = context.terminal
  await using connection = await context.connect(settings)
  const { endpoint, scope } = armOf(settings)
  const checks: Check[] = []
  const print = createCheckPrinter(stdout)
  for await (const check of examine(connection, {
    version: manifest.version,
    cloud: { name: settings.cloud, endpoint, scope },
    warehouse: settings.warehouse,
    filter: filterOf(settings),
    discovery: settings.discovery,
    concurrency: settings.concurrency,
    signal,
  })) {
    checks.push(check)
    if (format === 'text') await stdout.write(print.check(check))
  }
  context.exitCode = exitCodeOfChecks(checks)
  const inForce = settingsInForce(env, flags)
  if (format === 'text') await stdout.write(print.end() + settingLines(inForce, stdout))
  else await stdout.write(`${JSON.stringify(doctorDocument(checks, inForce), null, 2)}\n`)
}
