/**
 * The questions of docs/questions.md, with what they are asked about in the made-up year.
 */

import { readFile } from 'node:fs/promises'

import { questionsOf } from '../../docs/question-page.ts'

export interface DocumentedQuestion {
  name: string
  sql: string
  parameters: readonly string[]
}

const AT = '2026-11-15T12:00:00Z'
const APPROVALS = `user,machine,from,to
user7@contoso.example,vm-46-27,2026-11-01T00:00:00Z,2026-11-17T17:00:00Z
`
/** By the number of the question, of each of its blocks. */
const PARAMETERS: Record<string, readonly (readonly string[])[]> = {
  1: [['vm-46-27', AT], [AT]],
  2: [['24']],
  3: [['2026-11-13T00:00:00Z']],
  4: [['Europe/Berlin', '06:00', '20:00']],
  5: [['2026-11-13T00:00:00Z', '2026-11-20T00:00:00Z'], []],
  6: [['60']],
  7: [[]],
  8: [[APPROVALS, 'vm-46-2*'], []],
  9: [[], ['3']],
  10: [['2026-11-01T00:00:00Z']],
}

/** All of them, in the order of the page. */
export async function documentedQuestions(): Promise<DocumentedQuestion[]> {
  const page = await readFile(new URL('../../docs/questions.md', import.meta.url), 'utf8')
  const byNumber = Map.groupBy(questionsOf(page), ({ title }) => Number.parseInt(title, 10))
  return [...byNumber].flatMap(([number, blocks]) =>
    blocks.map(({ title, sql }, block) => {
      const parameters = PARAMETERS[number]?.[block]
      if (!parameters) throw new Error(`There are no parameters for block ${block} of ${title}`)
      const part = blocks.length === 1 ? '' : ` (${block + 1})`
      return { name: `${title.replace(/\?$/, '')}${part}`, sql, parameters }
    }),
  )
}
