/** By number, as include/uapi/linux/capability.h counts them; capabilities(7). */
const names = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE ' +
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN ' +
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE ' +
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
).split(' ');

/** Pure: the capabilities of a mask as /proc/PID/status prints it, 16 hexadecimal digits; one without a name yet goes by its number. */
export function capabilitiesOf(mask: string): readonly string[] | undefined {
  if (!/^[0-9a-f]{1,16}$/i.test(mask)) return undefined;
  const bits = BigInt(`0x${mask}`);
  const held: string[] = [];
  for (let number = 0; number < 64; number += 1) {
    if ((bits >> BigInt(number)) & 1n) held.push(`CAP_${names[number] ?? number}`);
  }
  return held;
}
