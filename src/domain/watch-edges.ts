/**
 * Edges of watching: where rules and silences come from, and where it is kept what became of alerts.
 */

import type { Rule } from './rule.ts'
import type { Silences } from './silence.ts'
import type { WatchRecord, WatchState } from './watch-record.ts'

/** The rules that come with the product, as settings and the rules file change them, and silences. */
export interface RuleBook {
  /** All rules, switched off ones too. @throws {LedgerError} `usage`, naming the file and the line. */
  rules(): Promise<Rule[]>
  /** @throws {LedgerError} `usage`, naming the file and the line. */
  silences(): Promise<Silences>
}

/** The history of alerts, in the warehouse. */
export interface AlertLog {
  /** Of which ledger. */
  readonly location: string
  /** What is alive. @throws {LedgerError} `damaged`, `storage` */
  latest(): Promise<WatchState>
  /**
   * Adds a record.
   *
   * @returns false where its number is taken: somebody else was first, and nothing was written.
   */
  append(record: WatchRecord): Promise<boolean>
}

/** Digests a text: 32 hexadecimal digits, the same everywhere. */
export type Digest = (text: string) => string
