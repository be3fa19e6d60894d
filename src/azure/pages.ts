/**
 * Pages: a list, from its first page to its last.
 *
 * All pages or none: a list that lacks a page would make sessions look ended.
 */

import { describeBody, findPage, type Page } from '../domain/answer.ts'
import type { ArmBody, ArmResponse } from './arm.ts'
import type { Asking } from './asking.ts'
import { Refusal, refusalOf } from './refusal.ts'

const MAX_PAGES = 200

export interface WholeList {
  items: readonly unknown[]
  pages: number
}

/**
 * Reads the pages that follow a first one.
 *
 * @param url Where the first page was read: what relative links are relative to.
 * @param postPath The one path that may be asked by POST where GET answers 405; null for none. Any
 *   other POST could be an action that changes something.
 */
export async function readPages(
  asking: Asking,
  first: Page,
  url: string,
  postPath: string | null,
): Promise<WholeList> {
  if (first.nextLink === null) return { items: first.items, pages: 1 }
  const items = [...first.items]
  const seen = new Set([url])
  let pages = 1
  let base = url
  for (let link: string | null = first.nextLink; link !== null; pages += 1) {
    const next = resolveLink(link, base)
    if (seen.has(next)) throw new Refusal('malformed', 'PageLoop', 'A page links to an earlier one')
    if (pages >= MAX_PAGES) {
      throw new Refusal('malformed', 'TooManyPages', `The list has more than ${MAX_PAGES} pages`)
    }
    seen.add(next)
    const page = pageOf(await readPage(asking, next, postPath))
    items.push(...page.items)
    link = page.nextLink
    base = next
  }
  return { items, pages }
}

/** The page in an answer. @throws {Refusal} `malformed` or what the status says. */
export function pageOf(response: ArmResponse): Page {
  if (response.status !== 200) throw notAList(response)
  const page = response.body.kind === 'json' ? findPage(response.body.value) : null
  if (page === null) throw notAList(response)
  return page
}

/** The refusal of an answer that should have been a list. */
export function notAList(response: ArmResponse): Refusal {
  const { status, body } = response
  if (status >= 300) return refusalOf(response)
  return new Refusal(
    'malformed',
    'NotAList',
    `Azure answered ${status} with ${describe(body)} where a list was due`,
  )
}

/** A few words on a body, without any of its values. */
export function describe(body: ArmBody): string {
  if (body.kind === 'none') return 'no body'
  return body.kind === 'json' ? describeBody(body.value) : 'text that is no JSON'
}

/** A link as an absolute URL. @throws {Refusal} `malformed` if it is none. */
export function resolveLink(link: string, base: string): string {
  if (!URL.canParse(link, base)) {
    throw new Refusal('malformed', 'BadLink', 'A link of the answer is no URL')
  }
  return new URL(link, base).href
}

async function readPage(asking: Asking, url: string, postPath: string | null) {
  const response = await asking.send({ method: 'GET', url })
  const { pathname } = new URL(url)
  const mayPost = postPath !== null && pathname.toLowerCase() === postPath.toLowerCase()
  return response.status === 405 && mayPost ? asking.send({ method: 'POST', url }) : response
}
