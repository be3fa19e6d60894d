import { describe, expect, it } from 'vitest'

import { settingLines } from '../../../src/cli/doctor/setting-lines.ts'
import { settingInForce } from '../../../src/domain/settings-in-force.ts'
import { fakeTerminal } from '../fake-terminal.ts'

const SETTINGS = [
  settingInForce({ env: 'LEDGER_WAREHOUSE', flag: 'warehouse', default: './w' }, {}, '/srv/a b'),
  settingInForce({ env: 'LEDGER_CLOUD', flag: 'cloud', default: 'public' }, {}, undefined),
  settingInForce({ env: 'LEDGER_SCOPE', flag: 'scope', default: null }, {}, undefined),
  settingInForce(
    { env: 'LEDGER_KEY', flag: 'key', default: null, secret: true },
    { LEDGER_KEY: 'kanarie' },
    undefined,
  ),
  settingInForce(
    { env: 'LEDGER_ODD', flag: 'odd', default: null },
    { LEDGER_ODD: 'a\x1b[2J' },
    undefined,
  ),
]

function linesOn(columns: number): string[] {
  return settingLines(SETTINGS, fakeTerminal({ columns }).stdout).split('\n')
}

describe('settingLines', () => {
  it('puts values beside each other where there is room', () => {
    expect(linesOn(80)).toEqual([
      '',
      'Settings in force:',
      '  LEDGER_WAREHOUSE  /srv/a b          --warehouse',
      '  LEDGER_CLOUD      public            default',
      '  LEDGER_SCOPE      (none)            default',
      '  LEDGER_KEY        (set, not shown)  environment',
      '  LEDGER_ODD        a\\x1b[2J          environment',
      '',
    ])
  })

  it('puts them on lines of their own width where there is not', () => {
    expect(linesOn(40).slice(2, 4)).toEqual([
      '  LEDGER_WAREHOUSE=/srv/a b  --warehouse',
      '  LEDGER_CLOUD=public  default',
    ])
  })
})
