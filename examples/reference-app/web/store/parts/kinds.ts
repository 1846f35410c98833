import type { AssetKind, RequestStatus } from '../../shared/types.ts'

export const kindLabels: Readonly<Record<AssetKind, string>> = {
  photo: 'Photo',
  illustration: 'Illustration',
  audio: 'Audio',
  font: 'Font',
  dataset: 'Data set',
}

export const kindPlurals: Readonly<Record<AssetKind, string>> = {
  photo: 'Photos',
  illustration: 'Illustrations',
  audio: 'Audio',
  font: 'Fonts',
  dataset: 'Data sets',
}

export const statusBadges: Readonly<Record<RequestStatus, readonly [label: string, badge: string]>> = {
  pending: ['Waiting', 'badge badge--wait'],
  approved: ['Approved', 'badge badge--good'],
  refused: ['Refused', 'badge badge--bad'],
  withdrawn: ['Withdrawn', 'badge'],
}
