/** Where the administration is. */
export const root = '/admin'

/** A page of the interface: where it is, what it is called, and what its visitor must hold (one of these). */
export interface PageEntry {
  readonly path: string
  readonly label: string
  readonly icon: IconName
  readonly anyPermission?: readonly string[]
}

export type IconName = 'home' | 'inbox' | 'image' | 'people' | 'group' | 'key' | 'list' | 'gear' | 'chart'

export const assetPermissions = ['store.add_asset', 'store.change_asset', 'store.delete_asset'] as const

export const pageEntries: readonly PageEntry[] = [
  { path: '', label: 'Overview', icon: 'home' },
  { path: '/requests', label: 'Requests', icon: 'inbox', anyPermission: ['store.view_accessrequest'] },
  { path: '/assets', label: 'Assets', icon: 'image', anyPermission: assetPermissions },
  { path: '/users', label: 'People', icon: 'people', anyPermission: ['accounts.view_user'] },
  { path: '/groups', label: 'Groups', icon: 'group', anyPermission: ['accounts.view_group'] },
  { path: '/reports', label: 'Reports', icon: 'chart', anyPermission: ['accounts.view_report'] },
  { path: '/audit', label: 'Audit trail', icon: 'list', anyPermission: ['accounts.view_audit'] },
  { path: '/jobs', label: 'Jobs', icon: 'gear', anyPermission: ['jobs.view_job'] },
  { path: '/tokens', label: 'API tokens', icon: 'key' },
]

export function mayOpen({ anyPermission }: PageEntry, can: (permission: string) => boolean): boolean {
  return anyPermission === undefined || anyPermission.some(can)
}
