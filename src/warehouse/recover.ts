/**
 * Recovery: what crashed collectors left behind becomes runs, or is set aside for a person.
 *
 * A spool is taken over by renaming it to its new owner's name, in which only one of several
 * succeeds. A live collector's spool is never touched.
 */

import type { Dirent } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { LedgerError } from '../domain/errors.ts'
import { codeOf, fileError } from '../domain/file-error.ts'
import type { RunRecord } from '../domain/run.ts'
import { commitRun, type Answered, type LedgerEdges, type LedgerOptions } from './commit.ts'
import { makeFolder } from '../system/make-folder.ts'
import { becomeOwner, letGo, lifeOf, parseOwner, type Owner } from './owner.ts'
import { salvage } from './salvage.ts'
import { openParquetWriter } from './parquet.ts'
import { parseSpoolName, spoolName, spoolsIn } from './spool.ts'

// Where a process cannot be looked up (another machine, after a restart), silence must do.
const SILENT_MS = 3_600_000

/** Records what crashed runs had been answered, and clears away their leftovers. Returns run ids. */
export async function recover(edges: LedgerEdges, options: LedgerOptions): Promise<string[]> {
  const { scratch } = options
  const recovered: string[] = []
  for (const { name } of await entriesOf(spoolsIn(scratch))) {
    const taken = await takeOver(scratch, name)
    if (!taken) continue
    try {
      const runId = await recoverOne(edges, options, taken.folder)
      if (runId !== null) recovered.push(runId)
    } finally {
      letGo(taken.owner)
    }
  }
  await clearAway(scratch)
  return recovered
}

/** Folders of spools that could not be read, for a person to look at. */
export async function setAside(scratch: string): Promise<string[]> {
  const folder = join(scratch, 'set-aside')
  return (await entriesOf(folder)).map(({ name }) => join(folder, name))
}

async function takeOver(
  scratch: string,
  name: string,
): Promise<{ folder: string; owner: Owner } | null> {
  const parsed = parseSpoolName(name)
  const from = join(spoolsIn(scratch), name)
  if (!parsed || !(await isAbandoned(from, parsed.owner))) return null
  const owner = becomeOwner()
  const folder = join(spoolsIn(scratch), spoolName(parsed.runId, owner))
  try {
    await rename(from, folder)
    return { folder, owner }
  } catch (error) {
    letGo(owner)
    if (codeOf(error) === 'ENOENT') return null
    throw fileError('write', from, error)
  }
}

async function isAbandoned(folder: string, owner: Owner): Promise<boolean> {
  const life = lifeOf(owner)
  if (life !== 'unclear') return life === 'dead'
  const files = await entriesOf(folder)
  const times = await Promise.all(
    [folder, ...files.map(({ name }) => join(folder, name))].map(async (path) => {
      const found = await stat(path).catch(() => null)
      return found?.mtimeMs ?? 0
    }),
  )
  return Date.now() - Math.max(...times) > SILENT_MS
}

/** @returns null where there was nothing to record, or no way to read it. */
async function recoverOne(
  edges: LedgerEdges,
  options: LedgerOptions,
  folder: string,
): Promise<string | null> {
  try {
    const answered = await salvage(folder)
    const record = answered && (await commitAlone(edges, options, answered))
    await rm(folder, { recursive: true, force: true })
    return record?.run_id ?? null
  } catch (error) {
    // The disk's fault, not the spool's: another time it may work.
    if (error instanceof LedgerError || codeOf(error) !== '') throw fileError('read', folder, error)
    await moveAside(options.scratch, folder)
    return null
  }
}

async function commitAlone(
  edges: LedgerEdges,
  options: LedgerOptions,
  answered: Answered,
): Promise<RunRecord | null> {
  await using parquet = openParquetWriter(answered.folder)
  return await commitRun({ ...edges, parquet }, options, answered)
}

async function moveAside(scratch: string, folder: string): Promise<void> {
  const aside = join(scratch, 'set-aside')
  await makeFolder(aside)
  await rename(folder, join(aside, folder.slice(spoolsIn(scratch).length + 1)))
}

/** Removes what stopped queries and writers left in the scratch folder. */
async function clearAway(scratch: string): Promise<void> {
  for (const { name } of await entriesOf(scratch)) {
    const owner = name.startsWith('query~') ? parseOwner(name.slice('query~'.length)) : null
    const path = join(scratch, name)
    const abandoned = owner
      ? await isAbandoned(path, owner)
      : name.endsWith('.part') && (await isOld(path))
    if (abandoned) await rm(path, { recursive: true, force: true })
  }
}

async function isOld(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found !== null && Date.now() - found.mtimeMs > SILENT_MS
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw fileError('list', folder, error)
  }
}
