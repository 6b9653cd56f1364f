/** A picture: some panels of one dashboard, with its variables set. */
export interface Picture {
  readonly name: string;
  readonly dashboard: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly panels: readonly string[];
}

const all = { namespace: '.*', pod: '.*', instance: '.*' };

/** Every picture of docs/pictures. */
export const pictures: readonly Picture[] = [
  {
    name: 'overview',
    dashboard: 'memgap-overview',
    variables: all,
    panels: [
      'Targets',
      'Targets not read',
      'Least headroom',
      'Resident memory',
      'Not explained by Go',
      'Causes that hold',
      'Fullest, by share of the limit',
      'Least explained by Go',
      'Largest causes',
      'Not explained by Go, the ten largest',
      'Headroom, the ten least',
    ],
  },
  {
    name: 'target',
    dashboard: 'memgap-target',
    variables: { ...all, target: 'operator' },
    panels: [
      'Processes shown',
      'Go',
      'RSS',
      'Used by Go',
      'Live heap',
      'Unexplained now',
      'Headroom now',
      'Up for',
      'Resident memory by owner',
      'What Go says of itself',
      'What the container is charged for',
      'Named causes',
    ],
  },
  {
    name: 'leak',
    dashboard: 'memgap-target',
    variables: { ...all, target: 'importer' },
    panels: ['Resident memory by owner', 'Named causes', 'Not explained by Go', 'Headroom'],
  },
  {
    name: 'memgap-itself',
    dashboard: 'memgap-itself',
    variables: all,
    panels: ['Memory', 'CPU', 'Event loop lag', 'Age of the mappings', 'How long sources take, the slowest'],
  },
];
