import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import { ask, host, okPoll, openWarehouse, recordRun, session } from './temp-warehouse.ts'

/** A disk of this size; null where this user may not mount one. */
function smallDisk(megabytes: number): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-disk-'))
  const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]
  try {
    execFileSync('mount', options, { stdio: 'ignore' })
    return folder
  } catch {
    rmSync(folder, { recursive: true })
    return null
  }
}

const disk = process.platform === 'linux' ? smallDisk(1) : null
afterAll(() => {
  if (disk === null) return
  execFileSync('umount', [disk])
  rmSync(disk, { recursive: true })
})

const at = (time: string) => `2026-11-23T${time}:00Z`

// Mounting takes root on Linux.
describe.skipIf(disk === null)('a full disk', () => {
  it('is named, harms nothing that is stored, and takes what was answered once there is room', async () => {
    const root = join(disk ?? '', 'warehouse')
    const warehouse = openWarehouse(root)
    await recordRun(warehouse, at('09:00'), [okPoll(host('a'), at('09:00'), [session('1')])])

    const hosts = Array.from({ length: 300 }, (_, index) => host(`h${index}`))
    const polls = hosts.map((one) =>
      okPoll(
        one,
        at('09:05'),
        Array.from({ length: 20 }, (_, index) =>
          session(`${one.name}-${index}-${Math.sin(index)}`),
        ),
      ),
    )
    await expect(recordRun(warehouse, at('09:05'), polls)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringMatching(/^Cannot write ".*": the disk is full \(ENOSPC\)$/),
      hint: 'Free some space; what is stored stays as it is',
    })
    expect((await ask(warehouse, 'SELECT session_id FROM snapshots')).rows).toEqual([
      { session_id: '1' },
    ])

    execFileSync('mount', ['-o', 'remount,size=100m', disk ?? ''])
    expect(await warehouse.ledger.recover()).toEqual(['20261123T090500Z'])
    const { rows } = await ask(
      warehouse,
      `SELECT hosts_expected, hosts_ok > 0 AS some, sessions = hosts_ok * 20 AS whole
       FROM runs WHERE run_id = '20261123T090500Z'`,
    )
    expect(rows).toEqual([{ hosts_expected: 300, some: true, whole: true }])
  })
})
