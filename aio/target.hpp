/// The file or device that a replay works on, and what keeps it from doing harm.
#pragma once
#include <functional>
#include <string>

#include "model/core/units.hpp"

namespace blkpath {

struct TargetOptions {
  std::string path;
  bool writes = false;       ///< the load writes or trims
  bool allow_write = false;  ///< it may, although the file exists or is a device
  bool direct = false, sync = false, dsync = false;
  Bytes size{0};  ///< of a file that does not exist yet
};

/// Opens files for a replay.
///
/// A file that does not exist is created and filled, so that reads find data and writes find blocks. An
/// existing file or a device is written to only with allow_write, and a device that is mounted or in use
/// otherwise (swap, LVM, RAID) never: the kernel is asked with O_EXCL, and the device stays claimed as long
/// as the Target lives.
class Target {
 public:
  /// @param filled  called with the bytes written so far while a new file is filled; false: give up
  /// @throws ConfigError when it must not be written to, cannot be opened, or O_DIRECT is not supported
  Target(const TargetOptions& options, const std::function<bool(Bytes)>& filled = {});
  ~Target();
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  /// One more descriptor; each thread has its own, as in fio. The caller closes it.
  int open() const;
  Bytes size() const { return size_; }
  bool is_device() const { return device_; }
  bool created() const { return created_; }
  /// What offsets, lengths and buffers must be multiples of under O_DIRECT; 1 otherwise.
  std::uint32_t alignment() const { return alignment_; }
  const std::string& path() const { return options_.path; }
  /// Device numbers of what holds the data, for /sys/dev/block.
  unsigned major_number() const { return major_; }
  unsigned minor_number() const { return minor_; }

 private:
  [[noreturn]] void refuse(const std::string& why) const;
  void create(const std::function<bool(Bytes)>& filled);
  void inspect(int fd);

  TargetOptions options_;
  Bytes size_{0};
  bool device_ = false, created_ = false;
  std::uint32_t alignment_ = 1;
  unsigned major_ = 0, minor_ = 0;
  int claim_ = -1;  ///< keeps a device that is written to ours
};

}  // namespace blkpath
