/** A word or a phrase that a reader has to guess at, and what is said instead. */
export interface Avoided {
  readonly pattern: RegExp;
  readonly better: string;
  /** docs/is-it-a-leak.md explains the word; elsewhere nobody has read that. */
  readonly isForDocs?: true;
}

/** The dialect that texts once had. */
export const avoided: readonly Avoided[] = [
  { pattern: /\b(?:un)?told\b/i, better: 'known, said, shown, given' },
  { pattern: /\blook(?:s|ed|ing)?\b/i, better: 'snapshot, scan, check; read, inspect, seem' },
  { pattern: /\bstairs?\b/i, better: 'steps' },
  { pattern: /\bfloors?\b/i, better: 'minimum, lowest value', isForDocs: true },
  { pattern: /\bless the next two\b/i, better: 'the parts by name' },
  { pattern: /\bin no account of\b/i, better: "not in Go's accounts" },
  { pattern: /\bgiven back in part\b/i, better: 'partially unmapped' },
  { pattern: /\bso (?:much|many) (?:of|may|can)\b/i, better: 'lower bound, upper bound, the share of' },
  { pattern: /\bstands? in a wrong\b/i, better: 'attributed to the wrong component' },
  { pattern: /\bthat a rule means\b/i, better: 'that match a rule' },
  { pattern: /\bleft of the anonymous rest\b/i, better: 'not claimed by any other owner' },
  { pattern: /\bstock of pages\b/i, better: 'per-CPU charge batches' },
  { pattern: /\bthis kernel does not tell\b/i, better: 'counters this kernel lacks' },
  { pattern: /\bin what comes back when somebody wants\b/i, better: 'only in memory that the kernel or Go can reclaim' },
];

/** British spellings that come up in such texts, and the American one. */
export const british: ReadonlyArray<readonly [pattern: RegExp, american: string]> = [
  [/\b\w*(?:behaviour|colour|neighbour|favour|honour|labour|rumour|vapour)\w*/i, '-or'],
  [/\b(?:cancel|label|model|travel|signal|total|level|channel|tunnel|fuel|marshal|initial)l(?:ed|ing|er|ers)\b/i, 'one l'],
  [
    /\b(?:initial|normal|optim|serial|deserial|organ|recogn|real|random|sanit|synchron|summar|minim|maxim|util|author|custom|character|categor|general|special|priorit|visual|stabil|final|capital|local|token|memor|emphas|apolog|virtual)is(?:e|ed|es|er|ers|ing|ation|ations)\b/i,
    '-ize',
  ],
  [/\b(?:analys|catalys|paralys)(?:e|ed|ing)\b/i, '-yze'],
  [/\b(?:centre|metre|litre|fibre|theatre)s?\b/i, '-er'],
  [/\b(?:defence|offence|licence|pretence)s?\b/i, '-ense'],
  [
    /\b(?:grey|programme|catalogue|artefact|whilst|amongst|learnt|spelt|burnt|fulfil|enrol|sceptical|judgement|ageing)s?\b/i,
    'gray, program, ...',
  ],
];
