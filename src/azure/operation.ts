/**
 * An operation: an answer that is not there yet, followed until it is.
 *
 * ARM names one or two places to look: `Azure-AsyncOperation` tells the status, `Location` gives
 * the result. Which of them the network provider serves for this call varies, so both are tried.
 *
 * @see https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
 */

import { errorOf, findPage, operationStatus, type Page } from '../domain/answer.ts'
import type { ArmResponse } from './arm.ts'
import type { Asking } from './asking.ts'
import { notAList, pageOf, resolveLink } from './pages.ts'
import { Refusal } from './refusal.ts'

export interface FoundPage {
  page: Page
  /** Where it was read. */
  url: string
  /** How the answer was reached, for example `async>location`. */
  via: string
}

interface Places {
  status: string | null
  result: string | null
}

/** Where an answer says that its operation can be followed. */
export function operationPlaces(response: ArmResponse, base: string): Places {
  const place = (name: string) => {
    const link = response.headers[name]
    return link === undefined || link === '' ? null : resolveLink(link, base)
  }
  return { status: place('azure-asyncoperation'), result: place('location') }
}

/**
 * Waits for an operation's list.
 *
 * @param accepted The 201 or 202 that began it.
 * @throws {Refusal} `malformed` where there is nowhere to look or no list at the end, `error` where
 *   the operation failed, `timeout` where it does not end.
 */
export async function followOperation(
  asking: Asking,
  accepted: ArmResponse,
  base: string,
): Promise<FoundPage> {
  const places = operationPlaces(accepted, base)
  const via: string[] = []
  let latest = accepted
  for (;;) {
    if (places.status === null && places.result === null) {
      throw new Refusal('malformed', 'NoOperation', 'Azure accepted, but named no place to look')
    }
    await asking.waitForOperation(latest)
    if (places.status !== null) {
      const url = places.status
      if (via.at(-1) !== 'async') via.push('async')
      latest = await asking.send({ method: 'GET', url })
      const step = readStatus(latest)
      if (step === 'pending') continue
      if (typeof step === 'object') return { page: step, url, via: via.join('>') }
      if (places.result === null) throw step === 'gone' ? gone() : notAList(latest)
      places.status = null
    }
    if (places.result === null) throw gone()
    const found = await readResult(asking, places.result, via)
    if (found.page !== null) return { ...found, page: found.page }
    latest = found.response
    places.result = operationPlaces(latest, found.url).result ?? places.result
  }
}

/**
 * Reads the status: its list, or `succeeded` where the list is elsewhere, `gone` where this place
 * is not served, or `pending`.
 */
function readStatus(response: ArmResponse): Page | 'succeeded' | 'gone' | 'pending' {
  if (response.status === 202) return 'pending'
  if (response.status === 404 || response.status === 405) return 'gone'
  if (response.status !== 200 || response.body.kind !== 'json') throw notAList(response)
  const { value } = response.body
  const page = findPage(value)
  const status = operationStatus(value)
  if (status === 'failed' || status === 'canceled') {
    const { code, message } = errorOf(value)
    throw new Refusal('error', code ?? `Operation${status}`, message ?? `The operation ${status}`)
  }
  if (status === 'succeeded') return page ?? 'succeeded'
  if (status === null) {
    if (page === null) throw notAList(response)
    return page
  }
  return 'pending'
}

async function readResult(asking: Asking, url: string, via: string[]) {
  if (via.at(-1) !== 'location') via.push('location')
  const response = await asking.send({ method: 'GET', url })
  if (response.status === 404) throw gone()
  const page = response.status === 202 ? null : pageOf(response)
  return { page, response, url, via: via.join('>') }
}

function gone(): Refusal {
  return new Refusal('error', 'OperationNotFound', 'Azure does not know the operation any more')
}
