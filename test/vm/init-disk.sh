#!/bin/busybox sh
# PID 1 of the first moments: Debian's cloud kernel has ext4 built in and the disk as a module, which must be loaded from memory.
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox insmod /virtio_blk.ko
/bin/busybox mount -t ext4 /dev/vda /root
/bin/busybox umount /dev
exec /bin/busybox switch_root /root /init
