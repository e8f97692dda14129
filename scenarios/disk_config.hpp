/// A guest's disk as a hypervisor is told to provide it: bus, cache mode, AIO driver. Plain data; read from
/// QEMU lines, libvirt XML and scenario YAML, and turned into stages by the loader.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/core/error.hpp"

namespace blkpath {

/// How the guest reaches the disk.
enum class Bus { virtio_blk, ide };

/// How the emulator issues I/O on the host. `posix` is glibc's POSIX AIO, QEMU's driver until 2008: one
/// request at a time per file descriptor. Today's QEMU does not have it.
enum class Aio { threads, native, io_uring, posix };

/// QEMU's `cache=`.
enum class CacheMode { writeback, none, writethrough, directsync, unsafe };

/// What a cache mode means. Eight combinations, of which five have a name.
struct CacheFlags {
  bool o_direct = false;  ///< host page cache bypassed
  bool write_cache_shown =
      true;  ///< WCE: the guest sees a write cache and flushes it; else every write is flushed
  bool flush_honoured = true;  ///< a flush reaches the host's fdatasync()
  bool operator==(const CacheFlags&) const = default;
};

/// The defaults are QEMU's for `-drive file=...,if=virtio`.
struct DiskConfig {
  std::string id;    ///< the name it goes by: id, node-name or file
  std::string file;  ///< image or block device on the host
  std::string format = "raw";
  Bus bus = Bus::virtio_blk;
  Aio aio = Aio::threads;
  CacheFlags cache;
  bool snapshot = false;
  bool read_only = false;
  bool iothread = false;  ///< requests are served by a thread of their own, not by the main loop
  int num_queues = 1;  ///< QEMU 5.2 and later make one per vCPU unless told; blkpath takes what the line says
  int queue_size = 256;  ///< descriptors per virtqueue; 128 with machine types before pc-5.0

  std::vector<std::string>
      not_modelled;                 ///< options that would change the result but that blkpath leaves out
  std::vector<std::string> others;  ///< the other disks of the same line
};

/// The truth table of `cache=`, from QEMU's manual, "-drive cache=".
CacheFlags cache_flags(CacheMode mode);
/// The mode with these flags, or nothing for the three combinations that have no name.
std::optional<CacheMode> cache_mode(CacheFlags flags);

// Each throws std::invalid_argument whose message shows a good value; callers that know file and line turn it
// into a ConfigError.

/// QEMU's names, and those of 2008: `on` is writeback, `off` is none.
CacheMode parse_cache_mode(std::string_view text);
/// threads, native, io_uring, or posix for the driver of 2008.
Aio parse_aio(std::string_view text);
/// virtio (also virtio-blk) or ide; names the other buses of QEMU as not modelled yet.
Bus parse_bus(std::string_view text);
/// raw; names QEMU's other image formats as not modelled yet.
std::string parse_image_format(std::string_view text);

std::string format(CacheMode mode);
std::string format(Aio aio);
std::string format(Bus bus);
/// The mode's name, or `direct=on,writeback=on,no-flush=on` where it has none.
std::string format(CacheFlags flags);

/// What no single option can get wrong: aio=native without O_DIRECT, a ring that virtio does not allow.
/// @param allow_blocking_native  QEMU before 2.6 accepted aio=native on buffered files, where io_submit
/// blocks
/// @throws ConfigError
void check(const DiskConfig& disk, const Place& place, bool allow_blocking_native = false);

}  // namespace blkpath
