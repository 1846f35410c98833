/** Every permission that this app knows, as `app_label.codename`. */
export const permissions = [
  'qa_crawler.qa_crawler',
  'digital_pr.digital_pr',
  'store.view_asset',
  'store.add_asset',
  'store.change_asset',
  'store.delete_asset',
] as const
