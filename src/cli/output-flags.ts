/**
 * The flags that say how an answer is written.
 */

import type { Command } from 'commander'

import { choiceOf, orList } from './flag-values.ts'
import { type Format, FORMATS } from './output/format.ts'

export interface OutputFlags {
  output?: Format
  rawCsv?: boolean
}

export function addOutputFlags(command: Command): void {
  command
    .option(
      '-o, --output <FORMAT>',
      `Write ${orList(FORMATS)} (default table). A table is fitted to the terminal and shows ` +
        '1,000 rows there; a pipe or a file gets all of them, uncut',
      choiceOf('--output', FORMATS),
    )
    .option('--raw-csv', 'In csv, put no apostrophe before text that begins with = + - or @')
}
