// Imported by each module of tests before its files: a module that ends before all of its tests have fails.
import { after } from 'node:test';

let isOver = false;
after(() => {
  isOver = true;
});
process.on('exit', () => {
  if (!isOver) process.exitCode ||= 1;
});
