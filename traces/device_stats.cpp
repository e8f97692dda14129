#include "traces/device_stats.hpp"

#include <algorithm>

namespace blkpath {

void DeviceStats::add(const IoRecord& r) {
  ++ios;
  reads += r.op == Op::read;
  bytes += r.length;
  low = std::min(low, r.offset);
  high = std::max(high, r.offset + r.length);
  sequential += r.offset == ends_.front();
  const auto stream = std::find(ends_.begin(), ends_.end(), r.offset);
  in_streams += stream != ends_.end();
  // A stream that goes on moves to the front; a new one pushes out the one that has been quiet for longest.
  std::move_backward(ends_.begin(), stream != ends_.end() ? stream : stream - 1,
                     stream != ends_.end() ? stream + 1 : stream);
  ends_.front() = r.offset + r.length;
  if (map) map->add(r.issued.count(), r.offset);
}

void DeviceTable::find(std::uint32_t device) {
  const auto known = index_.find(device);
  latest_ = known != index_.end() ? known->second : all_.size();
  if (known != index_.end() || all_.size() == kMostDevices) return;
  constexpr int kTimeBits = 9, kOffsetBits = 7;
  index_.emplace(device, latest_);
  DeviceStats& added = all_.emplace_back();
  added.device = device;
  if (latest_ < kMaps) added.map = std::make_unique<AdaptiveMap>(kTimeBits, kOffsetBits);
}

}  // namespace blkpath
