/** What lets memgap open files again; the target has nothing to do with it (open(2), EMFILE and ENFILE). */
export const ownLimit =
  "memgap's own limit of open files is reached: raise it (ulimit -n, LimitNOFILE of systemd; for ENFILE the machine's fs.file-max)";
