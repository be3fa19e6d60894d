/**
 * A question's folder: on this machine, for what DuckDB spills, and for files of a warehouse that is
 * elsewhere. Its name says whose it is, so that recovery can remove what a crash left.
 */

import { rmSync } from 'node:fs'
import { join } from 'node:path'

import { codeOf } from '../domain/file-error.ts'
import { becomeOwner, formatOwner, letGo } from './owner.ts'

export interface QuestionFolder extends Disposable {
  path: string
}

/** Names a folder; whoever uses it makes it. Closing removes it. */
export function openQuestionFolder(scratch: string): QuestionFolder {
  const owner = becomeOwner()
  const path = join(scratch, `query~${formatOwner(owner)}`)
  return {
    path,
    [Symbol.dispose]() {
      letGo(owner)
      // At once: through promises it takes five times as long, and it has few files.
      try {
        rmSync(path, { recursive: true, force: true })
      } catch (error) {
        // Under what is no folder there is none to remove.
        if (codeOf(error) !== 'ENOTDIR') throw error
      }
    },
  }
}
