/** A rule book over files in a temporary folder, and two rules that come with it. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Rule } from '../../src/domain/rule.ts'
import { LedgerError } from '../../src/domain/errors.ts'
import { openRuleBook, type RuleFiles } from '../../src/rules/rule-book.ts'

export function someRule(given: Partial<Rule> = {}): Rule {
  return {
    name: 'long-session',
    title: 'Long session',
    severity: 'medium',
    description: 'It is long.',
    tags: ['sessions'],
    sql: 'SELECT 1',
    labels: ['host_id', 'session_id'],
    host: 'host_id',
    forMs: 0,
    keepFiringForMs: 0,
    repeatMs: 86_400_000,
    enabled: true,
    parameters: {
      longer_than: { type: 'duration', value: { ms: 28_800_000 }, doc: 'From when on.' },
      opens: { type: 'time_of_day', value: '07:00', doc: null },
    },
    inhibitedBy: [],
    ...given,
  }
}

export const SHIPPED = [someRule(), someRule({ name: 'coverage-lost', parameters: {} })]

export interface BookFiles extends AsyncDisposable {
  folder: string
  book: RuleFiles
  write(name: 'rules' | 'silences', text: string | Uint8Array): Promise<void>
  read(name: 'rules' | 'silences'): Promise<string>
}

export async function bookFiles(): Promise<BookFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-rules-'))
  const settings = { rules: 'rules.yaml', silences: 'silences.yaml' }
  return {
    folder,
    book: openRuleBook(settings, { shipped: SHIPPED, folder }),
    write: (name, text) => writeFile(join(folder, `${name}.yaml`), text),
    read: (name) => readFile(join(folder, `${name}.yaml`), 'utf8'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

/** What a person is told: the message, and the hint on a line of its own. */
export async function toldBy(act: Promise<unknown>): Promise<string> {
  try {
    await act
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== 'usage') throw error
    return error.hint === undefined ? error.message : `${error.message}\n${error.hint}`
  }
  return 'nothing'
}
