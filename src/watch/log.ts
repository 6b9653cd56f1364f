/** Where the sampler tells what happened; a pino logger is one. */
export interface SamplerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
