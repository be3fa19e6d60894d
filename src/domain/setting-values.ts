/**
 * Values of settings: how each kind is written, and what is said where it is written otherwise.
 */

import { z } from 'zod'

import { DURATION_FORM, parseDuration, parseSize, SIZE_FORM } from './units.ts'
import { ADDRESS_FORM, isAddress, isLoopbackConnection, isUrl } from './warehouse-address.ts'

export const duration = (least: number, most: number) =>
  z.string().transform((text, context) => {
    const ms = parseDuration(text)
    if (ms !== null && ms >= least && ms <= most) return ms
    context.addIssue(ms === null ? DURATION_FORM : `from ${least / 1000}s to ${most / 3_600_000}h`)
    return z.NEVER
  })

export const size = (least: number) =>
  z.string().transform((text, context) => {
    const bytes = parseSize(text)
    if (bytes !== null && bytes >= least) return bytes
    context.addIssue(bytes === null ? SIZE_FORM : `at least ${least} bytes`)
    return z.NEVER
  })

export const wholeNumber = (least: number, most: number) =>
  z.string().transform((text, context) => {
    const number = /^\d{1,7}$/.test(text) ? Number(text) : NaN
    if (number >= least && number <= most) return number
    context.addIssue(`a whole number from ${least} to ${most}`)
    return z.NEVER
  })

export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)

export const httpsUrl = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol === 'https:' && !url.username && !url.search && !url.hash) {
    return text.replace(/\/+$/, '')
  }
  context.addIssue('an https URL without a query')
  return z.NEVER
})

export const scope = z.string().transform((text, context) => {
  if (/^[a-z][a-z0-9+.-]*:\/\/\S+\/\.default$/i.test(text)) return text
  context.addIssue('a token scope that ends in /.default')
  return z.NEVER
})

export const address = z.string().transform((text, context) => {
  if (isAddress(text)) return isUrl(text) ? text.replace(/\/+$/, '') : text
  context.addIssue(ADDRESS_FORM)
  return z.NEVER
})

export const folder = z.string().transform((text, context) => {
  if (text.trim() !== '' && !isUrl(text)) return text
  context.addIssue('a folder')
  return z.NEVER
})

export const file = z.string().transform((path, context) => {
  if (path.trim() !== '' && !isUrl(path)) return path
  context.addIssue('a file')
  return z.NEVER
})

/** @param form How it is written, for messages. */
export const matching = (pattern: RegExp, form: string) =>
  z.string().transform((written, context) => {
    if (pattern.test(written)) return written
    context.addIssue(form)
    return z.NEVER
  })

/** A URL that may be a secret by itself. */
export const webhookUrl = z.string().transform((written, context) => {
  const url = URL.canParse(written) ? new URL(written) : null
  if (url?.protocol === 'https:' && !url.username && !url.password && !url.hash) return written
  context.addIssue('an https URL without a user')
  return z.NEVER
})

/** @see https://github.com/standard-webhooks/standard-webhooks secrets are 24 to 64 bytes */
export const signingSecret = z.string().transform((written, context) => {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]{32,86}={0,2})$/.exec(written) ?? []
  const bytes = Math.floor((base64.replaceAll('=', '').length * 3) / 4)
  if (bytes >= 24 && bytes <= 64) return base64
  context.addIssue('whsec_ and 24 to 64 random bytes in base64')
  return z.NEVER
})

export const loopbackConnection = z.string().transform((text, context) => {
  if (isLoopbackConnection(text)) return text
  context.addIssue(
    'UseDevelopmentStorage=true, or a connection string with a key for Azurite on this machine; ' +
      'Azure is reached without one',
  )
  return z.NEVER
})

/** @see https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
export const managementGroupId = z.string().transform((text, context) => {
  if (/^[A-Za-z0-9_().-]{1,90}$/.test(text) && !text.endsWith('.')) return text
  context.addIssue('the id of a management group: up to 90 letters, digits and -_().')
  return z.NEVER
})

/** @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions */
export const schedule = z.string().transform((text, context) => {
  if (/^[\d*,/A-Za-z-]+( [\d*,/A-Za-z-]+){5}$/.test(text)) return text
  context.addIssue('an NCRONTAB expression of six fields: second minute hour day month weekday')
  return z.NEVER
})
