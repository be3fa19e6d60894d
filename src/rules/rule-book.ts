/**
 * The rule book: the rules that come with the program, and the two files that people write.
 *
 * The files are read at each call, so that whoever watches for weeks follows their changes.
 */

import { resolve } from 'node:path'

import { ALERT_SETTINGS } from '../domain/alert-settings.ts'
import { LedgerError } from '../domain/errors.ts'
import type { Rule } from '../domain/rule.ts'
import { type ListedRule, parseRules } from '../domain/rules-file.ts'
import { NO_SILENCES } from '../domain/silence.ts'
import { parseSilences, type SilenceKind, type WrittenSilence } from '../domain/silences-file.ts'
import type { RuleBook } from '../domain/watch-edges.ts'
import { addSilence } from './add-silence.ts'
import { readYaml } from './read-yaml.ts'
import type { TextFile } from './text-file.ts'

export interface RuleFiles extends RuleBook {
  /** All rules, and whose each is. @throws {LedgerError} `usage` */
  listed(): Promise<ListedRule[]>
  /**
   * Adds an entry to the file of silences, which is made where there is none.
   *
   * @throws {LedgerError} `usage`
   */
  addSilence(kind: SilenceKind, entry: WrittenSilence): Promise<void>
}

export interface RuleBookOptions {
  /** The rules that come with the program. */
  shipped: readonly Rule[]
  /** Where relative paths begin (default: where the process was started). */
  folder?: string
}

/** @param settings The files' names; null where there is none. */
export function openRuleBook(
  settings: { rules: string | null; silences: string | null },
  { shipped, folder = '.' }: RuleBookOptions,
): RuleFiles {
  const fileOf = (setting: keyof typeof settings): TextFile | null => {
    const name = settings[setting]
    return name === null ? null : { name, path: resolve(folder, name), setting }
  }

  const listed = async (): Promise<ListedRule[]> => {
    const file = fileOf('rules')
    return file ? readYaml(file, (data) => parseRules(data, shipped)) : parseRules(null, shipped)
  }

  return {
    listed,
    rules: async () => (await listed()).map(({ rule }) => rule),

    async silences() {
      const file = fileOf('silences')
      return file ? readYaml(file, parseSilences) : NO_SILENCES
    },

    async addSilence(kind, entry) {
      const file = fileOf('silences')
      if (file) return addSilence(file, kind, entry)
      const { env, flag } = ALERT_SETTINGS.silences
      throw new LedgerError('usage', `Cannot add to the ${kind}: no file for them is set`, {
        hint: `Name a YAML file with ${env} or --${flag}; it is made where there is none`,
      })
    },
  }
}
