/// What calibration needs to know of the machine that a trace was recorded on.
#pragma once
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "aio/aio_driver.hpp"

namespace blkpath {

class Target;

/// JSON: kernel, processor, memory, /proc/sys/vm's write-back settings, the file system, and of the block
/// devices below it scheduler, queue depths and write cache. What cannot be read is left out. Names no host
/// and no path.
std::string host_facts(const Target& target);

/// Looks at Dirty, Writeback, processor time and the device's counters once every `period`, until it is
/// stopped.
class HostSampler {
 public:
  HostSampler(const Target& target, Time zero, Time period);
  ~HostSampler();
  HostSampler(const HostSampler&) = delete;
  HostSampler& operator=(const HostSampler&) = delete;

  /// JSON, one object for each look: {"t_ms", "dirty_kib", "writeback_kib", "cpu_user_ms", ...}; times and
  /// counters are since the first look.
  std::vector<std::string> stop();

 private:
  void run();

  std::string device_;  ///< /sys/dev/block/MAJOR:MINOR/stat
  Time zero_, period_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::vector<std::string> samples_;
  std::thread thread_;
};

}  // namespace blkpath
