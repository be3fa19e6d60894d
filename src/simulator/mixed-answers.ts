/**
 * Mixed answers: an estate whose hosts all tell the truth, each in a form of its own.
 */

import type { Answer } from './answer.ts'
import type { EstateHost } from './estate.ts'
import { createRandom, mixSeeds } from './random.ts'

const FORMS: readonly Answer[] = [
  { kind: 'value' },
  { kind: 'value' },
  { kind: 'value' },
  { kind: 'array' },
  { kind: 'array' },
  { kind: 'value', edit: 'extra-fields' },
  { kind: 'value', edit: 'twice' },
  { kind: 'paged', size: 2 },
  { kind: 'paged', size: 3, links: 'relative', method: 'post' },
  { kind: 'operation', status: 200, asyncOperation: 'not-found', location: 'not-found' },
  { kind: 'operation', location: 'value', retryAfter: 0 },
  { kind: 'operation', asyncOperation: 'output.array', location: 'value', retryAfter: 0 },
  { kind: 'operation', asyncOperation: 'not-found', location: 'array', retryAfter: 0 },
]

/** For `answerOf`: one of the healthy forms a host, the same for the same seed. */
export function mixAnswers(seed = 1): (host: EstateHost) => Answer {
  return ({ hostId }) => createRandom(mixSeeds(seed, hostId, 'form')).pick(FORMS)
}
