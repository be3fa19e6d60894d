/** A page of questions: its SQL with the parameters, and the answers printed below it. */

export interface Question {
  /** Of the section, such as `5. Where is the record incomplete?`. */
  title: string
  sql: string
  /** By `-- $1 = value`; the name of a CSV file stands for the last such block before it. */
  parameters: string[]
}

const SQL = /```sql\n(?<sql>[^]*?)```\n(?:\n(?:\|.*\n)+)?/g

/** The questions of a page, in order. */
export function questionsOf(page: string): Question[] {
  return Array.from(page.matchAll(SQL), ({ index, groups }) => {
    const before = page.slice(0, index)
    const sql = groups?.['sql'] ?? ''
    return {
      title: [...before.matchAll(/^## (.*)$/gm)].at(-1)?.[1] ?? '',
      sql,
      parameters: Array.from(sql.matchAll(/^-- \$\d+ = (.*)$/gm), ([, value = '']) =>
        value.endsWith('.csv') ? csvBefore(before) : value,
      ),
    }
  })
}

function csvBefore(text: string): string {
  return [...text.matchAll(/```csv\n([^]*?)```/g)].at(-1)?.[1] ?? ''
}

/** The page with these answers, in Markdown, below its questions. */
export function withAnswers(page: string, answers: readonly string[]): string {
  const left = [...answers]
  return page.replaceAll(SQL, (_, sql: string) => `\`\`\`sql\n${sql}\`\`\`\n\n${left.shift()}`)
}
