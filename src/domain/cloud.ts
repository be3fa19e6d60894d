/**
 * Clouds: Azure's separate worlds, each with its own addresses. A token of one is worth nothing in
 * another: where the address changes, the scope of the tokens changes too.
 */

/** ARM's origin and the scope of its tokens, for each cloud. */
export const CLOUDS = {
  public: {
    armEndpoint: 'https://management.azure.com',
    armScope: 'https://management.azure.com/.default',
    authorityHost: 'https://login.microsoftonline.com',
  },
  usgov: {
    armEndpoint: 'https://management.usgovcloudapi.net',
    armScope: 'https://management.usgovcloudapi.net/.default',
    authorityHost: 'https://login.microsoftonline.us',
  },
  china: {
    armEndpoint: 'https://management.chinacloudapi.cn',
    armScope: 'https://management.chinacloudapi.cn/.default',
    authorityHost: 'https://login.chinacloudapi.cn',
  },
} as const

/** The version of the Azure network API that hosts are asked by. */
export const NETWORK_API_VERSION = '2026-01-01'
