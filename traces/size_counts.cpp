#include "traces/size_counts.hpp"

#include <algorithm>
#include <tuple>

namespace blkpath {

void SizeCounts::add_odd(std::uint32_t size) {
  const auto known = odd_.find(size);
  if (known != odd_.end())
    ++known->second;
  else if (odd_.size() < kOddSizes)
    odd_.emplace(size, 1);
  else
    ++other_;
}

std::vector<SizeCounts::Entry> SizeCounts::by_count() const {
  std::vector<Entry> all;
  for (std::uint32_t i = 0; i < whole_.size(); ++i)
    if (whole_[i] > 0) all.push_back({i * kSector, whole_[i]});
  for (const auto& [size, count] : odd_) all.push_back({size, count});
  std::sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) {
    return std::tuple(-a.count, a.size) < std::tuple(-b.count, b.size);
  });
  return all;
}

}  // namespace blkpath
