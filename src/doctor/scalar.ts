/** A text as YAML: plain where it is certain to mean itself, also between brackets; no number or truth value starts like that and has a dot or a slash. */
export function scalar(text: string): string {
  return /^(?=.*[./])[A-Za-z/][\w./:*-]*$/.test(text) && !text.endsWith(':') ? text : JSON.stringify(text);
}
