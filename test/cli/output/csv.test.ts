import { describe, expect, it } from 'vitest'

import { answerOf, columnsOf, textOf } from './answers.ts'

const names = columnsOf('user_name VARCHAR', 'n BIGINT')

describe('writeCsv', () => {
  it('begins with the names, and keeps numbers, NULL and empty text apart', async () => {
    const answer = answerOf(
      names,
      [['ana', 3]],
      [
        ['', null],
        [null, 0],
      ],
    )
    expect(await textOf('csv', answer)).toBe('user_name,n\nana,3\n"",\n,0\n')
  })

  it('quotes what would break a line', async () => {
    const answer = answerOf(names, [
      ['a,b', 1],
      ['say "x"', 2],
      ['two\nlines', 3],
      ['cr\rx', 4],
    ])
    expect(await textOf('csv', answer)).toBe(
      'user_name,n\n"a,b",1\n"say ""x""",2\n"two\nlines",3\n"cr\rx",4\n',
    )
  })

  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', `"'\r=1"`],
    ['=HYPERLINK("http://evil";"x")', `"'=HYPERLINK(""http://evil"";""x"")"`],
    ['＝1+1', "'＝1+1"],
    ['ana=1', 'ana=1'],
    [' =1', ' =1'],
    ["'=1", "'=1"],
  ])('makes %j harmless', async (text, written) => {
    const answer = answerOf(columnsOf('user_name VARCHAR'), [[text]])
    expect(await textOf('csv', answer)).toBe(`user_name\n${written}\n`)
    expect(await textOf('csv', answer, { rawCsv: true })).toContain(text.replaceAll('"', '""'))
  })

  it('does not touch numbers, however they are written', async () => {
    const columns = columnsOf('a BIGINT', 'b HUGEINT', 'c DECIMAL(18,3)', 'd DOUBLE', 'e VARCHAR')
    const answer = answerOf(columns, [[-1, '-170141183460469231731', '-1.500', -0.5, '-1']])
    expect(await textOf('csv', answer)).toBe(
      "a,b,c,d,e\n-1,-170141183460469231731,-1.500,-0.5,'-1\n",
    )
  })

  it('makes names of columns harmless too', async () => {
    const answer = answerOf([{ name: '=cmd', type: 'INTEGER' }], [[1]])
    expect(await textOf('csv', answer)).toBe("'=cmd\n1\n")
  })

  it('has a line for each row of a single column', async () => {
    const answer = answerOf(columnsOf('user_name VARCHAR'), [['a'], [null], ['b']])
    expect(await textOf('csv', answer)).toBe('user_name\na\n""\nb\n')
  })

  it('shows control characters on a terminal only', async () => {
    const answer = answerOf(columnsOf('user_name VARCHAR'), [['\x1b[2J\n']])
    expect(await textOf('csv', answer, { terminal: { columns: 80 } })).toBe(
      'user_name\n\\x1b[2J\\n\n',
    )
    expect(await textOf('csv', answer)).toBe('user_name\n"\x1b[2J\n"\n')
  })

  it('has a header without rows', async () => {
    expect(await textOf('csv', answerOf(names))).toBe('user_name,n\n')
  })
})
