/**
 * Where rules and silences come from: the part of the composition root that opens the rule book. It
 * needs neither Azure nor the warehouse.
 */

import type { Settings } from './domain/settings.ts'
import { openRuleBook, type RuleFiles } from './rules/rule-book.ts'
import { shippedRules } from './rules/shipped.ts'

/** @param folder Where relative paths begin (default: where the process was started). */
export function openRules(
  settings: Pick<Settings, 'rules' | 'silences' | 'longSessionMs'>,
  folder?: string,
): RuleFiles {
  const shipped = shippedRules(settings)
  return openRuleBook(settings, { shipped, ...(folder === undefined ? {} : { folder }) })
}
