/**
 * The warehouse's address: a folder, or a container of Azure Blob Storage and a prefix in it.
 *
 * An address is shown in messages, so it can hold no secret: a URL with a query (a SAS) or with a
 * user is none. Azure is reached over https with a token. Only Azurite, on this machine, is reached
 * with a key.
 */

/** A container, and the part of it that is the warehouse. */
export interface BlobAddress {
  /** Without a slash at its end. */
  containerUrl: string
  account: string
  container: string
  /** Empty, or with a slash at its end. */
  prefix: string
  /** Whether it is Azurite on this machine. */
  loopback: boolean
}

/** What an address is, for the one who wrote none. */
export const ADDRESS_FORM =
  'a folder, https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX], or ' +
  'http://127.0.0.1:PORT/devstoreaccount1/CONTAINER[/PREFIX] for Azurite; a URL without a query'

/** @see https://learn.microsoft.com/azure/storage/common/storage-account-overview endpoints, also of accounts with DNS zones */
const AZURE_HOST =
  /^([a-z0-9]{3,24})\.(blob\.core\.(windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)|z\d{1,2}\.blob\.storage\.azure\.net)$/
const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]'])
/** @see https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata */
const CONTAINER = /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/
// As the paths below it: what every store allows, and nothing that can leave the prefix.
const SEGMENT = /^(?!\.)[A-Za-z0-9=._-]+$/

/** Whether a text is an address: a folder, or the URL of a container. */
export function isAddress(text: string): boolean {
  return text.trim() !== '' && (!isUrl(text) || parseBlobAddress(text) !== null)
}

/** @returns null where it is a folder, or no address. */
export function parseBlobAddress(text: string): BlobAddress | null {
  const url = isUrl(text) && URL.canParse(text) ? new URL(text) : null
  if (!url || url.username || url.password || /[?#%]/.test(text)) return null
  const loopback = LOOPBACK_HOSTS.has(url.hostname)
  const [, azureAccount] = AZURE_HOST.exec(url.hostname) ?? []
  if (url.protocol !== (loopback ? 'http:' : 'https:')) return null
  if (!loopback && (azureAccount === undefined || url.port !== '')) return null
  // As it is written: `URL` would take `..` away, and the segment before it.
  const [, , , ...segments] = text.replace(/\/+$/, '').split('/')
  const account = loopback ? segments.shift() : azureAccount
  const [container, ...prefix] = segments
  if (account === undefined || !/^[a-z0-9]{3,24}$/.test(account)) return null
  if (container === undefined || !CONTAINER.test(container)) return null
  if (!prefix.every((segment) => SEGMENT.test(segment))) return null
  return {
    containerUrl: `${url.origin}${loopback ? `/${account}` : ''}/${container}`,
    account,
    container,
    prefix: prefix.map((segment) => `${segment}/`).join(''),
    loopback,
  }
}

/**
 * Whether a connection string is one for Azurite on this machine: with a key, and naming no other
 * machine.
 */
export function isLoopbackConnection(text: string): boolean {
  if (/^UseDevelopmentStorage=true;?$/i.test(text)) return true
  const parts = new Map(
    text.split(';').map((part) => {
      const at = part.indexOf('=')
      return [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()] as const
    }),
  )
  const endpoint = parts.get('blobendpoint') ?? ''
  return (
    Boolean(parts.get('accountname') && parts.get('accountkey')) &&
    URL.canParse(endpoint) &&
    LOOPBACK_HOSTS.has(new URL(endpoint).hostname)
  )
}

/** Whether a text is meant as a URL. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(text)
}

/** A text with what may be a secret cut out of it, if it is meant as a URL: a SAS, or a password. */
export function withoutSecrets(text: string): string {
  return isUrl(text) ? text.replace(/[?#][^]*$/, '?…').replace(/\/\/[^/]*@/, '//…@') : text
}
