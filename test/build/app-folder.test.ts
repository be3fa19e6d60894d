import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { copyAlerts } from '../../build/app-folder.ts'
import { filesIn } from '../../build/zip.ts'
import { tempFolder } from '../warehouse/temp-warehouse.ts'

describe('copyAlerts', () => {
  it('takes along every file of the folder of rules, as it is', async () => {
    await using root = await tempFolder()
    await using app = await tempFolder()
    await mkdir(join(root.root, 'alerts', 'more'), { recursive: true })
    await writeFile(join(root.root, 'alerts', 'rules.yaml'), 'rules: []\n')
    await writeFile(join(root.root, 'alerts', 'more', 'silences.yaml'), '# Späße\n')
    await writeFile(join(root.root, 'elsewhere.yaml'), 'rules: []\n')
    await copyAlerts(root.root, app.root)
    expect((await filesIn(app.root)).toSorted()).toEqual([
      'alerts/more/silences.yaml',
      'alerts/rules.yaml',
    ])
    expect(await readFile(join(app.root, 'alerts/more/silences.yaml'), 'utf8')).toBe('# Späße\n')
  })

  it('takes nothing where there is none', async () => {
    await using root = await tempFolder()
    await using app = await tempFolder()
    await copyAlerts(root.root, app.root)
    expect(await filesIn(app.root)).toEqual([])
  })
})
