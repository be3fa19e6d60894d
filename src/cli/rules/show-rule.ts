/**
 * One rule, in full: for people, or as a document for scripts.
 */

import { openRules } from '../../connect-rules.ts'
import { ALERT_SETTINGS } from '../../domain/alert-settings.ts'
import { LedgerError } from '../../domain/errors.ts'
import { didYouMean } from '../../domain/nearest.ts'
import type { Rule } from '../../domain/rule.ts'
import type { ListedRule } from '../../domain/rules-file.ts'
import type { Settings } from '../../domain/settings.ts'
import type { Context } from '../context.ts'
import { visible, visibleJson } from '../output/visible.ts'
import { invocation } from '../program-name.ts'
import { type Output, styled, type Terminal } from '../terminal.ts'
import { SEVERITY_STYLES } from './severity-look.ts'
import { paragraph, pairLines } from './rule-lines.ts'
import { writtenDuration, writtenValue, yamlOf } from './rule-values.ts'
import type { ShowFormat } from './show.ts'

const SOURCES: Record<ListedRule['from'], string> = {
  shipped: 'comes with the program',
  changed: 'comes with the program, changed',
  own: 'of your own',
}

/** @throws {LedgerError} `usage` */
export async function showRule(
  { terminal }: Context,
  settings: Settings,
  { name, format }: { name: string; format: ShowFormat },
): Promise<void> {
  const { stdout, cwd } = terminal
  const listed = await openRules(settings, cwd).listed()
  const found = listed.find(({ rule }) => rule.name === name)
  if (!found) throw noRule(name, listed, terminal)
  if (format === 'json') {
    const lines = JSON.stringify(documentOf(found), null, 2).split('\n')
    await stdout.write(lines.map((line) => `${visibleJson(line)}\n`).join(''))
    return
  }
  const lines = [...linesOf(found, stdout), '', ...changeLines(found, settings, stdout)]
  await stdout.write(lines.map((line) => `${line}\n`).join(''))
}

/** The error for a name that no rule has. */
export function noRule(
  name: string,
  listed: readonly Pick<ListedRule, 'rule'>[],
  terminal: Terminal,
): LedgerError {
  const names = listed.map(({ rule }) => rule.name)
  const hint = didYouMean(name, names) ?? `See ${invocation(terminal)} rules`
  return new LedgerError('usage', `Cannot find the rule "${name}": there is none of that name`, {
    hint,
  })
}

function linesOf({ rule, from }: ListedRule, stdout: Output): string[] {
  const title = (text: string) => styled(stdout, 'bold', text)
  const parameters = Object.entries(rule.parameters).map(([name, parameter]): [string, string] => {
    const { type, doc } = parameter
    return [name, `${yamlOf(parameter)} (${type.replaceAll('_', ' ')})${doc ? `: ${doc}` : ''}`]
  })
  const state = rule.enabled ? styled(stdout, 'green', 'on') : styled(stdout, 'dim', 'off')
  const severity = styled(stdout, SEVERITY_STYLES[rule.severity], rule.severity)
  return [
    `${title(rule.name)}: ${severity}, ${state}, ${SOURCES[from]}`,
    ...paragraph(rule.title, stdout),
    '',
    ...rule.description.split('\n').flatMap((text) => paragraph(text, stdout)),
    '',
    ...pairLines(lifeOf(rule), stdout),
    ...(parameters.length > 0 ? ['', title('Parameters'), ...pairLines(parameters, stdout)] : []),
    '',
    title('SQL'),
    ...rule.sql
      .trim()
      .split('\n')
      .map((line) => `  ${visible(line)}`.trimEnd()),
  ]
}

/** What becomes of a finding, in words. */
function lifeOf(rule: Rule): [string, string][] {
  const { labels, host, inhibitedBy, tags } = rule
  const { forMs, keepFiringForMs, repeatMs } = rule
  const gone = 'its finding is gone'
  const heldBack = inhibitedBy.map((one) => {
    return one.equal.length === 0 ? one.rule : `${one.rule} with the same ${one.equal.join(', ')}`
  })
  return [
    ['Alert', labels.length === 0 ? 'one for all findings' : `one for each ${labels.join(', ')}`],
    ['Fires', forMs === 0 ? 'at once' : `after ${writtenDuration(forMs)}`],
    [
      'Resolved',
      keepFiringForMs === 0 ? `when ${gone}` : `${writtenDuration(keepFiringForMs)} after ${gone}`,
    ],
    ['Told again', `after ${writtenDuration(repeatMs)}`],
    ['Rests on', host === null ? "no host's answer" : `the hosts in ${host}`],
    ...(heldBack.length > 0
      ? [['Held back', `by alerts of ${heldBack.join('; ')}`] satisfies [string, string]]
      : []),
    ...(tags.length > 0 ? [['Tags', tags.join(', ')] satisfies [string, string]] : []),
  ]
}

/** What to write into the rules file, and where that is. */
function changeLines(
  { rule, from }: ListedRule,
  { rules }: Pick<Settings, 'rules'>,
  stdout: Output,
): string[] {
  const { env, flag } = ALERT_SETTINGS.rules
  const file = rules === null ? `the file that ${env} or --${flag} names` : visible(rules)
  if (from === 'own') return [`It is in ${file}.`]
  const parameters = Object.entries(rule.parameters).map(
    ([name, parameter]) => `      ${name}: ${yamlOf(parameter)}`,
  )
  return [
    styled(stdout, 'bold', `To change it, write into ${file}`),
    'rules:',
    `  - name: ${rule.name}`,
    `    enabled: ${!rule.enabled}`,
    ...(parameters.length > 0 ? ['    parameters:', ...parameters] : []),
  ].map((line, index) => (index === 0 ? line : `  ${visible(line)}`))
}

/** What is printed for scripts. */
function documentOf({ rule, from }: ListedRule) {
  const parameters = Object.entries(rule.parameters).map(([name, parameter]) => {
    const { type, doc } = parameter
    return [name, { type, value: writtenValue(parameter), doc }] as const
  })
  return {
    rule: rule.name,
    source: from,
    title: rule.title,
    severity: rule.severity,
    enabled: rule.enabled,
    description: rule.description,
    tags: rule.tags,
    labels: rule.labels,
    host: rule.host,
    for_ms: rule.forMs,
    keep_firing_for_ms: rule.keepFiringForMs,
    repeat_ms: rule.repeatMs,
    inhibited_by: rule.inhibitedBy,
    parameters: Object.fromEntries(parameters),
    sql: rule.sql.trim(),
  }
}
