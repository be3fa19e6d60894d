import { describe, expect, it } from 'vitest'

import { answerOf, columnsOf, textOf } from './answers.ts'

const columns = columnsOf('explain_key VARCHAR', 'explain_value VARCHAR')
const drawing = '┌───┐\n│ A │   \n└───┘\n'

describe('a plan in a table', () => {
  it('is printed as DuckDB draws it, however narrow the terminal is', async () => {
    const answer = answerOf(columns, [['physical_plan', drawing]])
    for (const width of [null, 4]) {
      const text = await textOf('table', answer, { terminal: { columns: width } })
      expect(text).toBe('┌───┐\n│ A │\n└───┘\n')
    }
  })

  it('shows nothing of a stranger that a terminal would obey', async () => {
    const answer = answerOf(columns, [['physical_plan', "a = '\x1b[2J'\tb\r"]])
    expect(await textOf('table', answer)).toBe("a = '\\x1b[2J'\\tb\\r\n")
  })

  it('is rows and columns in the formats for programs', async () => {
    const answer = answerOf(columns, [['physical_plan', drawing]])
    expect(JSON.parse(await textOf('json', answer))).toEqual([
      { explain_key: 'physical_plan', explain_value: drawing },
    ])
  })
})
