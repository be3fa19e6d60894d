/**
 * The rules in force: those that come with the program as the rules file changes them, and those of
 * the file itself.
 *
 * A change is partial and a rule is whole. Which of both an entry is, its name alone decides: so a
 * new version that brings a rule of the same name is an error, and never mixes two rules.
 */

import {
  FileProblem,
  type FilePath,
  parsePart,
  placeText,
  unknownKey,
  wrongValue,
} from './file-problem.ts'
import { didYouMean } from './nearest.ts'
import { type ParameterValue, parameterForm, parseParameter } from './rule-parameter.ts'
import type { Rule } from './rule.ts'
import {
  type ChangedRule,
  changedRule,
  namedRule,
  ownRule,
  rulesFile,
} from './rules-file-schema.ts'

/** A rule, and whose it is: `changed` ones come with the program. */
export interface ListedRule {
  rule: Rule
  from: 'shipped' | 'changed' | 'own'
}

/** What of a rule that comes with the program cannot be changed: it would be another rule. */
const FIXED = ['sql', 'labels', 'host', 'inhibited_by']

/**
 * Reads the rules file.
 *
 * @param data As parsed from YAML; null where there is no file, or nothing in it.
 * @param shipped The rules that come with the program.
 * @returns These first, then those of the file.
 * @throws {FileProblem}
 */
export function parseRules(data: unknown, shipped: readonly Rule[]): ListedRule[] {
  const { rules: entries } = parsePart(rulesFile, data ?? {}, [])
  const listed = new Map<string, ListedRule>(
    shipped.map((rule) => [rule.name, { rule, from: 'shipped' }]),
  )
  const places = new Map<string, FilePath>()
  for (const [index, entry] of (entries ?? []).entries()) {
    const at = ['rules', index]
    const named = parsePart(namedRule, entry, at)
    const { name } = named
    const earlier = places.get(name)
    if (earlier) {
      const why = `${placeText(at)} is "${name}" again: ${placeText(earlier)} has that name`
      throw new FileProblem([...at, 'name'], why)
    }
    places.set(name, at)
    const known = listed.get(name)
    if (!known && !('sql' in named)) throw nothingToChange(at, name, [...listed.keys()])
    listed.set(
      name,
      known
        ? { rule: changed(known.rule, named, at), from: 'changed' }
        : { rule: own(named, at), from: 'own' },
    )
  }
  const rules = [...listed.values()]
  refuseUnknown(rules, places)
  refuseCircles(rules, places)
  return rules
}

function nothingToChange(at: FilePath, name: string, names: readonly string[]): FileProblem {
  const needs = 'A rule of your own needs title, severity, description, sql and labels'
  return new FileProblem(
    [...at, 'name'],
    `${placeText(at)} changes "${name}", and no such rule comes with the program`,
    didYouMean(name, names) ?? needs,
  )
}

function changed(rule: Rule, entry: Record<string, unknown>, at: FilePath): Rule {
  const fixed = FIXED.find((key) => key in entry)
  if (fixed !== undefined) {
    throw new FileProblem(
      [...at, fixed],
      `${placeText([...at, fixed])} cannot be changed: "${rule.name}" comes with the program`,
      'Give a rule of your own another name, and switch this one off with enabled: false',
    )
  }
  const change = parsePart(changedRule, entry, at)
  return {
    ...rule,
    title: change.title ?? rule.title,
    severity: change.severity ?? rule.severity,
    description: change.description ?? rule.description,
    tags: change.tags ?? rule.tags,
    forMs: change.for ?? rule.forMs,
    keepFiringForMs: change.keep_firing_for ?? rule.keepFiringForMs,
    repeatMs: change.repeat ?? rule.repeatMs,
    enabled: change.enabled ?? rule.enabled,
    parameters: changedParameters(rule, change.parameters, [...at, 'parameters']),
  }
}

/**
 * A rule's parameters, some of them with other values.
 *
 * @param at Where in the file these are.
 * @throws {FileProblem}
 */
export function changedParameters(
  { parameters }: Pick<Rule, 'parameters'>,
  values: ChangedRule['parameters'],
  at: FilePath,
): Rule['parameters'] {
  const others = Object.entries(values ?? {}).map(([name, value]) => {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    if (!parameter) throw unknownKey(at, name, Object.keys(parameters))
    const { type } = parameter
    return [name, { ...parameter, value: parameterValue(type, value, [...at, name]) }] as const
  })
  return { ...parameters, ...Object.fromEntries(others) }
}

function own(entry: Record<string, unknown>, at: FilePath): Rule {
  const {
    for: forMs,
    keep_firing_for,
    repeat,
    inhibited_by,
    ...rule
  } = parsePart(ownRule, entry, at)
  const parameters = Object.entries(rule.parameters).map(([name, { type, value, doc }]) => {
    const path = [...at, 'parameters', name, 'value']
    return [name, { type, value: parameterValue(type, value, path), doc: doc ?? null }] as const
  })
  return {
    ...rule,
    sql: rule.sql.trim(),
    host: rule.host === 'none' ? null : rule.host,
    forMs,
    keepFiringForMs: keep_firing_for,
    repeatMs: repeat,
    inhibitedBy: inhibited_by,
    parameters: Object.fromEntries(parameters),
  }
}

function parameterValue(
  type: Parameters<typeof parseParameter>[0],
  written: unknown,
  path: FilePath,
): ParameterValue {
  const value = parseParameter(type, written)
  if (value === null) throw wrongValue(path, written, parameterForm(type))
  return value
}

/** Rules of the file that are inhibited by none that there is. */
function refuseUnknown(rules: readonly ListedRule[], places: ReadonlyMap<string, FilePath>): void {
  const names = rules.map(({ rule }) => rule.name)
  for (const { rule, from } of rules) {
    if (from !== 'own') continue
    for (const [index, { rule: other }] of rule.inhibitedBy.entries()) {
      if (names.includes(other)) continue
      const path = [...(places.get(rule.name) ?? []), 'inhibited_by', index, 'rule']
      const why = `${placeText(path)} is "${other}", and there is no such rule`
      throw new FileProblem(path, why, didYouMean(other, names))
    }
  }
}

/** Rules that hold each other's notices back: nobody would ever be told. */
function refuseCircles(rules: readonly ListedRule[], places: ReadonlyMap<string, FilePath>): void {
  const by = new Map(rules.map(({ rule }) => [rule.name, rule.inhibitedBy.map((one) => one.rule)]))
  for (const { rule, from } of rules) {
    if (from !== 'own') continue
    const above = new Set<string>()
    const climb = (name: string) => {
      for (const other of by.get(name) ?? []) {
        if (above.has(other)) continue
        above.add(other)
        climb(other)
      }
    }
    climb(rule.name)
    if (!above.has(rule.name)) continue
    const path = [...(places.get(rule.name) ?? []), 'inhibited_by']
    throw new FileProblem(path, `${placeText(path)} leads back to "${rule.name}" itself`)
  }
}
