/** What a person may agree to, beyond what the service itself needs. A new wording is a new version. */
export const consents = [
  {
    purpose: 'contact',
    version: '2026-01',
    text: 'You may call or write to me about the licences that I asked for.',
  },
  {
    purpose: 'product_news',
    version: '2026-01',
    text: 'You may write to me when new assets arrive, at most once a month.',
  },
] as const
