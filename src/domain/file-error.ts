/**
 * File errors: why a file could not be read or written, in words, and what a person can do about it.
 */

import { LedgerError, messageOf } from './errors.ts'

const REASONS: Record<string, { why: string; hint?: string }> = {
  EACCES: {
    why: 'permission denied',
    hint: 'Give this user access to the folder, or choose another one with --warehouse',
  },
  EPERM: {
    why: 'the operation is not permitted',
    hint: 'Give this user access to the folder, or choose another one with --warehouse',
  },
  ENOSPC: { why: 'the disk is full', hint: 'Free some space; what is stored stays as it is' },
  EDQUOT: {
    why: 'the disk quota is used up',
    hint: 'Free some space; what is stored stays as it is',
  },
  EROFS: {
    why: 'the file system is read-only',
    hint: 'Choose a folder that can be written with --warehouse',
  },
  ENOTDIR: {
    why: 'a part of the path is a file, not a folder',
    hint: 'Choose another folder with --warehouse',
  },
  EEXIST: {
    why: 'a file is where a folder should be',
    hint: 'Choose another folder with --warehouse',
  },
  ENAMETOOLONG: { why: 'the path is too long' },
  EMFILE: { why: 'too many files are open', hint: 'Raise the limit with ulimit -n' },
  EIO: { why: 'the disk failed to read or write' },
  ENOENT: { why: 'no such file or folder' },
}

/** The system's name of an error, such as `ENOSPC`; empty for other errors. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  // Node's own `ERR_…` are mistakes in a program, not the system's answers.
  return /^E[A-Z0-9]+$/.test(code) ? code : ''
}

/** The error for a person: which file, why, and what to do. Errors that have no code stay as they are. */
export function fileError(act: 'read' | 'write' | 'list', path: string, cause: unknown): unknown {
  const code = codeOf(cause)
  if (code === '' || cause instanceof LedgerError) return cause
  const reason = REASONS[code]
  const why = reason ? `${reason.why} (${code})` : messageOf(cause)
  const hint = reason?.hint
  return new LedgerError('storage', `Cannot ${act} "${path}": ${why}`, {
    cause,
    ...(hint === undefined ? {} : { hint }),
  })
}
