/// What a trace does to each of its devices: address span, sequential runs, a map of offsets over time.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "traces/adaptive_axis.hpp"
#include "traces/record.hpp"

namespace blkpath {

struct DeviceStats {
  static constexpr std::size_t kStreams = 32;

  std::uint32_t device = 0;
  std::int64_t ios = 0, reads = 0, bytes = 0;
  std::int64_t low = std::numeric_limits<std::int64_t>::max(), high = 0;  ///< bytes; I/Os lie in [low, high)
  std::int64_t sequential = 0;       ///< begin where the previous one ended
  std::int64_t in_streams = 0;       ///< begin where one of the kStreams latest streams ended
  std::unique_ptr<AdaptiveMap> map;  ///< I/Os over ns and bytes; null past the first kMaps devices

  /// Reads and writes with an offset. The order is the file's.
  void add(const IoRecord& r);

 private:
  std::array<std::int64_t, kStreams> ends_ = none();  ///< where streams ended, the latest first
  static std::array<std::int64_t, kStreams> none() {
    std::array<std::int64_t, kStreams> all;
    all.fill(IoRecord::kNoOffset);
    return all;
  }
};

/// Devices in order of appearance, up to a number.
class DeviceTable {
 public:
  static constexpr std::size_t kMostDevices = 1 << 16;  ///< 0.4 KiB each
  static constexpr std::size_t kMaps = 64;              ///< 256 KiB each

  void add(const IoRecord& r) {
    if (latest_ >= all_.size() || all_[latest_].device != r.device) find(r.device);
    if (latest_ < all_.size())
      all_[latest_].add(r);
    else
      ++untracked_;
  }
  const std::vector<DeviceStats>& all() const { return all_; }
  std::int64_t untracked() const { return untracked_; }  ///< I/Os on devices past kMostDevices

 private:
  void find(std::uint32_t device);

  std::vector<DeviceStats> all_;
  std::unordered_map<std::uint32_t, std::size_t> index_;
  std::size_t latest_ = 0;
  std::int64_t untracked_ = 0;
};

}  // namespace blkpath
